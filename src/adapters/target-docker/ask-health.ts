import { request } from 'node:http';

/** What a health check was answered; `problem`: nobody answered, in words. */
export type HealthAnswer =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'problem'; readonly problem: string };

export type FetchHealth = (question: {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<HealthAnswer>;

const PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  EHOSTUNREACH: 'no route to the container',
  ENETUNREACH: 'no route to the container',
  ETIMEDOUT: 'no answer in time',
  ENOTFOUND: 'host name not found',
};

/** One GET; redirects are not followed and count as they are. Never rejects. */
export const fetchHealth: FetchHealth = async ({ host, port, path, timeoutMs, signal }) => {
  const limit = AbortSignal.timeout(timeoutMs);
  const { promise, resolve } = Promise.withResolvers<HealthAnswer>();
  const outgoing = request({
    host,
    port,
    path,
    agent: false,
    headers: { 'user-agent': 'xgen-build', accept: '*/*' },
    signal: AbortSignal.any([signal, limit]),
  });
  outgoing.on('response', (response) => {
    resolve({ kind: 'status', status: response.statusCode ?? 0 });
    // The status is all that counts: a body that never ends must not hold the connection.
    response.destroy();
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    const problem = limit.aborted ? 'no answer in time' : (PROBLEMS[error.code ?? ''] ?? error.message);
    resolve({ kind: 'problem', problem });
  });
  outgoing.end();
  return promise;
};

export function isHealthy(answer: HealthAnswer): boolean {
  return answer.kind === 'status' && answer.status >= 200 && answer.status < 400;
}

/** `503`, `connection refused` */
export function describeAnswer(answer: HealthAnswer): string {
  return answer.kind === 'status' ? String(answer.status) : answer.problem;
}
