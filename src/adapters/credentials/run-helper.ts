import type { RunHelper } from './docker-helper.ts';

const LIMIT_MS = 10_000;

/**
 * Runs docker's credential helpers: `docker-credential-NAME get`, the server on standard input, ten seconds at most.
 * The environment is handed in, because helpers of cloud registries find their own login there.
 */
export function createRunHelper(environment: Readonly<Record<string, string | undefined>>): RunHelper {
  return async (helper, input) => {
    const { execa } = await import('execa');
    const result = await execa(`docker-credential-${helper}`, ['get'], {
      input,
      env: environment,
      extendEnv: false,
      timeout: LIMIT_MS,
      forceKillAfterDelay: 1000,
      maxBuffer: 1 << 20,
      reject: false,
    });
    if (result.exitCode === undefined) throw result.cause ?? new Error('ended without an exit code');
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  };
}
