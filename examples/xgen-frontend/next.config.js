/** A server with only the modules that it needs: `.next/standalone`. */
export default { output: 'standalone', poweredByHeader: false };
