import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { isLoopback } from './loopback.ts';
import { transportErrorOf, TransportError } from './transport-error.ts';

export interface HttpCall {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** A longer answer is an error. */
  readonly maxBytes: number;
  /** False only for registries that the engine itself treats as insecure. */
  readonly verifyTls: boolean;
  /** Certificate authorities in place of Node's own list; null: that list. */
  readonly ca: readonly string[] | null;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends one request. Rejects with TransportError, or with the signal's AbortReason. Redirects are not followed. */
export type Send = (call: HttpCall) => Promise<HttpAnswer>;

export interface TransportOptions {
  /** Until the connection stands, TLS included; milliseconds. */
  readonly connectMs: number;
  /** Without a byte in either direction; milliseconds. */
  readonly idleMs: number;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as the docker client obeys them. */
  readonly proxyEnvironment: Readonly<Record<string, string | undefined>>;
}

export const TRANSPORT_DEFAULTS = { connectMs: 10_000, idleMs: 30_000 } as const;

/**
 * HTTP over node's own client: connections are kept for the next request, and every wait has a limit. A connection
 * that the server closed while it was idle is replaced once.
 */
export function createTransport(options: TransportOptions): Send {
  const agents = createAgents(options);
  return async (call) => {
    try {
      return await sendOnce({ call, options, agents });
    } catch (error) {
      // The idle connection was closed by the server in the moment it was used again: nothing was answered.
      if (error instanceof TransportError && error.onReusedConnection && call.method !== 'POST')
        return sendOnce({ call, options, agents });
      throw error;
    }
  };
}

type Agents = ReturnType<typeof createAgents>;

function createAgents({ proxyEnvironment }: TransportOptions) {
  // Without a limit of sockets: a request that waits for one would use up its time to connect. Callers limit themselves.
  const keep = { keepAlive: true, maxFreeSockets: 16 };
  const proxied = { ...keep, proxyEnv: { ...proxyEnvironment } };
  return {
    http: new HttpAgent(proxied),
    https: new HttpsAgent(proxied),
    // A proxy is never asked for an address of this machine: that would be the proxy's own.
    loopbackHttp: new HttpAgent(keep),
    loopbackHttps: new HttpsAgent(keep),
  };
}

interface Sending {
  readonly call: HttpCall;
  readonly options: TransportOptions;
  readonly agents: Agents;
}

function begin({ call, options, agents }: Sending): ClientRequest {
  const { url, method } = call;
  const headers = { 'user-agent': 'xgen-build', ...call.headers, ...lengthOf(call) };
  const local = isLoopback(url.host);
  const shared = { method, headers, timeout: options.idleMs };
  if (url.protocol === 'http:') {
    return httpRequest(url, { ...shared, agent: local ? agents.loopbackHttp : agents.http });
  }
  const tls = { rejectUnauthorized: call.verifyTls, ...(call.ca === null ? {} : { ca: [...call.ca] }) };
  return httpsRequest(url, { ...shared, ...tls, agent: local ? agents.loopbackHttps : agents.https });
}

function lengthOf({ method, body }: HttpCall): Record<string, string> {
  if (body !== null) return { 'content-length': String(body.length) };
  return method === 'POST' || method === 'PUT' ? { 'content-length': '0' } : {};
}

async function sendOnce(sending: Sending): Promise<HttpAnswer> {
  const { call, options } = sending;
  call.signal.throwIfAborted();
  const request = begin(sending);
  const onAbort = (): void => void request.destroy(new Error('aborted'));
  call.signal.addEventListener('abort', onAbort, { once: true });
  limitConnecting(request, options.connectMs);
  request.on('timeout', () => request.destroy(new TransportError('timeout', `nothing came for ${options.idleMs} ms`)));
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        readBody(response, call.maxBytes).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      });
      request.end(call.body ?? undefined);
    });
  } catch (error) {
    // An answer that was not read to its end would keep the connection busy.
    request.destroy();
    throw abortReasonOf(call.signal) ?? transportErrorOf(error, request.reusedSocket);
  } finally {
    call.signal.removeEventListener('abort', onAbort);
  }
}

function limitConnecting(request: ClientRequest, connectMs: number): void {
  const timer = setTimeout(
    () => request.destroy(new TransportError('timeout', `no connection within ${connectMs} ms`)),
    connectMs,
  );
  const stop = (): void => clearTimeout(timer);
  request.on('socket', (socket) => {
    if (request.reusedSocket) stop();
    else socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', stop);
  });
  // Through a proxy the socket is handed over when it already stands: then the first byte sent tells.
  for (const event of ['finish', 'response', 'close']) request.once(event, stop);
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new TransportError('too-large', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
