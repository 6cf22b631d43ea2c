import { createHash, X509Certificate } from 'node:crypto';
import type { Agent } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { messageOf, RolloutError } from '../../errors/xgen-error.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { LoadedKubeconfig } from './kubeconfig.ts';

/** What a request needs to be let in. */
export interface Access {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Readonly<Record<string, string | boolean>>;
  /** The kubeconfig's `proxy-url`; null: straight. */
  readonly proxy: Agent | null;
}

const LOGIN_MS = 20_000;

/**
 * Asks for the login anew at every request: tokens that are mounted or made by an exec plugin change, and the client
 * keeps those that are still good. Throws TARGET_LOGIN_REFUSED where a plugin fails.
 */
export function createAccess({ config }: LoadedKubeconfig, env: string, redactor: Redactor): () => Promise<Access> {
  return async () => {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new TypeError('a loaded kubeconfig has a cluster');
    const options = await login(config, env);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    if (typeof options.auth === 'string') headers['Authorization'] = `Basic ${btoa(options.auth)}`;
    hideSecrets(headers, options, redactor);
    const tls: Record<string, string | boolean> = {};
    for (const name of ['ca', 'cert', 'key', 'passphrase', 'servername'] as const) {
      const value = options[name];
      if (Buffer.isBuffer(value) || typeof value === 'string') tls[name] = value.toString();
    }
    if (options.rejectUnauthorized === false) tls['rejectUnauthorized'] = false;
    const hasProxy = (cluster.proxyUrl ?? '') !== '';
    const proxy = hasProxy && typeof options.agent === 'object' ? (options.agent as Agent) : null;
    return { server: new URL(cluster.server), headers, tls, proxy };
  };
}

type HttpsOptions = Parameters<KubeConfig['applyToHTTPSOptions']>[0];

async function login(config: KubeConfig, env: string): Promise<HttpsOptions> {
  const options: HttpsOptions = {};
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no login within ${String(LOGIN_MS / 1000)} s`)), LOGIN_MS);
  try {
    await Promise.race([config.applyToHTTPSOptions(options), late.promise]);
    return options;
  } catch (error) {
    throw new RolloutError({
      code: 'TARGET_LOGIN_REFUSED',
      message: `${env}: the login of the kubeconfig could not be made: ${messageOf(error)}`,
      hint: 'see whether kubectl can log in with the same kubeconfig: kubectl auth whoami',
      facts: { env },
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

function hideSecrets(headers: Readonly<Record<string, string>>, options: HttpsOptions, redactor: Redactor): void {
  const [, secret] = (headers['Authorization'] ?? '').split(' ');
  if (secret !== undefined) redactor.add(secret);
  if (typeof options.auth === 'string') redactor.add(options.auth.slice(options.auth.indexOf(':') + 1));
  if (Buffer.isBuffer(options.key)) redactor.add(options.key.toString());
}

/** Tells API servers apart whatever address they are reached by; null where the kubeconfig trusts the system's list. */
export function authorityOf(access: Access): string | null {
  const ca = access.tls['ca'];
  if (typeof ca !== 'string') return null;
  try {
    return new X509Certificate(ca).fingerprint256;
  } catch {
    return createHash('sha256').update(ca).digest('hex');
  }
}
