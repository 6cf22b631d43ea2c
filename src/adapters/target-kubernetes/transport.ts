import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { messageOf } from '../../errors/xgen-error.ts';
import { isLoopback } from '../registry/loopback.ts';
import type { Access } from './access.ts';

/** One request to an API server. */
export interface KubeCall {
  readonly method: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal: AbortSignal;
  /** Milliseconds until the answer has begun. */
  readonly answerMs?: number;
}

export interface KubeAnswer {
  readonly status: number;
  readonly text: string;
  /** The server's own clock, milliseconds since 1970; null where it does not tell. */
  readonly serverTime: number | null;
  readonly retryAfterMs: number | null;
}

/** Nothing, or only a part, came back. `begun`: the request may have reached the server. */
export class Silence extends Error {
  override readonly name = 'Silence';
  readonly begun: boolean;

  constructor(message: string, begun: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.begun = begun;
  }
}

/** Named within five seconds, the start of the program among them. */
const CONNECT_MS = 3_000;
const ANSWER_MS = 30_000;
/** A dead peer is noticed by the kernel: it is asked after so long without a byte. */
const KEEP_ALIVE_MS = 15_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** Sends requests over connections that are kept. */
export interface Transport {
  send(call: KubeCall): Promise<KubeAnswer>;
  /** The lines of an answer that goes on (a watch); an answer other than 200 is given as it is. */
  lines(call: KubeCall): Promise<KubeAnswer | AsyncGenerator<string>>;
  close(): void;
}

/** `proxyEnvironment`: HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as kubectl obeys them. */
export function createTransport(
  open: () => Promise<Access>,
  proxyEnvironment: Readonly<Record<string, string | undefined>>,
): Transport {
  const agents = createAgents(proxyEnvironment);
  return {
    async send(call) {
      const response = await begin(call, await open(), agents);
      return readAnswer(response, call.signal);
    },
    async lines(call) {
      const response = await begin(call, await open(), agents);
      return response.statusCode === 200 ? readLines(response, call.signal) : readAnswer(response, call.signal);
    },
    close: () => agents.close(),
  };
}

type Agents = ReturnType<typeof createAgents>;

/** An agent per certificate: a login that an exec plugin renews gets connections of its own. */
function createAgents(proxyEnvironment: Readonly<Record<string, string | undefined>>) {
  const known = new Map<string, HttpAgent | HttpsAgent>();
  return {
    of({ server, tls, proxy }: Access): HttpAgent | HttpsAgent {
      if (proxy !== null) return proxy;
      const isPlain = server.protocol === 'http:';
      const key = isPlain ? 'http' : JSON.stringify(tls);
      const kept = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
      // A proxy is never asked for an address of this machine: that would be the proxy's own.
      const keep = isLoopback(server.host) ? kept : { ...kept, proxyEnv: { ...proxyEnvironment } };
      const agent = known.get(key) ?? (isPlain ? new HttpAgent(keep) : new HttpsAgent({ ...keep, ...tls }));
      known.set(key, agent);
      return agent;
    },
    close: () => {
      for (const agent of known.values()) agent.destroy();
    },
  };
}

/** Resolves with the head of the answer. Throws Silence, or the signal's reason. */
async function begin(call: KubeCall, access: Access, agents: Agents): Promise<IncomingMessage> {
  call.signal.throwIfAborted();
  const url = new URL(access.server.href.replace(/\/$/, '') + call.path);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const body = call.body === undefined ? null : Buffer.from(JSON.stringify(call.body));
  const headers = {
    accept: 'application/json',
    'user-agent': 'xgen-build',
    ...access.headers,
    ...(body === null ? {} : { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length }),
  };
  const options = { method: call.method, headers, agent: agents.of(access) };
  const request =
    url.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, { ...options, ...access.tls });
  const limits = limit(request, call.answerMs ?? ANSWER_MS);
  const onAbort = (): void => void request.destroy(new Error('aborted'));
  call.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', resolve);
      request.end(body ?? undefined);
    });
  } catch (error) {
    throw abortReasonOf(call.signal) ?? new Silence(wordsOf(error), limits.isConnected(), error);
  } finally {
    limits.stop();
    call.signal.removeEventListener('abort', onAbort);
  }
}

function limit(request: ClientRequest, answerMs: number) {
  let isConnected = false;
  const late = (ms: number, what: string) =>
    setTimeout(() => request.destroy(new Error(`${what} within ${String(ms / 1000)} s`)), ms);
  const connecting = late(CONNECT_MS, 'no connection');
  const answering = late(answerMs, 'no answer');
  const connected = (): void => {
    isConnected = true;
    clearTimeout(connecting);
  };
  request.on('socket', (socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // Through a proxy the socket is handed over when it already stands.
    if (request.reusedSocket || !socket.connecting) connected();
    else socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
  return {
    isConnected: () => isConnected,
    stop: () => {
      clearTimeout(connecting);
      clearTimeout(answering);
    },
  };
}

async function readAnswer(response: IncomingMessage, signal: AbortSignal): Promise<KubeAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response, signal)) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Silence('the answer is longer than 64 MB', true);
    chunks.push(chunk);
  }
  const { date, 'retry-after': retryAfter } = response.headers;
  const serverTime = date === undefined ? Number.NaN : Date.parse(date);
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString('utf8'),
    serverTime: Number.isNaN(serverTime) ? null : serverTime,
    retryAfterMs: retryAfter !== undefined && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) * 1000 : null,
  };
}

async function* readLines(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunksOf(response, signal)) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_BYTES) throw new Silence('a line is longer than 64 MB', true);
    for (const part of parts) if (part !== '') yield part;
  }
}

/** The body until its end, or until the signal says so; a connection that breaks is a Silence. */
async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  const onAbort = (): void => void response.destroy(new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw abortReasonOf(signal) ?? new Silence(wordsOf(error), true, error);
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!response.complete) response.destroy();
  }
}

/** An error of several addresses (`localhost`) has no message of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return messageOf(error);
}
