import type { Fault } from '../fault-proxy.ts';

export interface Refusal {
  readonly status: number;
  /** The code of the registry's error: `TOOMANYREQUESTS`, `DENIED`. Without it the body is a line of HTML, as of a proxy. */
  readonly code?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The registry is not asked; the caller gets this answer. */
export function answers({ status, code, message = 'injected', headers = {} }: Refusal): Fault {
  const isJson = code !== undefined;
  const body = isJson ? JSON.stringify({ errors: [{ code, message }] }) : `<html>${status}</html>`;
  return {
    name: String(status),
    handle: async ({ request, response }) => {
      // A client that is not read to its end sees a broken connection, not the answer.
      for await (const _ of request);
      response.writeHead(status, {
        'content-type': isJson ? 'application/json' : 'text/html',
        'docker-distribution-api-version': 'registry/2.0',
        'content-length': Buffer.byteLength(body),
        ...headers,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}

/** As a registry of which the login has just run out. */
export function asksForLogin(): Fault {
  return answers({
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'authentication required',
    headers: { 'www-authenticate': 'Basic realm="lab"' },
  });
}

/** `retryAfter` in seconds; null: the header is missing. */
export function limits(retryAfter: number | null): Fault {
  const headers = retryAfter === null ? {} : { 'retry-after': String(retryAfter) };
  return answers({ status: 429, code: 'TOOMANYREQUESTS', message: 'too many requests', headers });
}
