import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { EngineError } from '../../errors/xgen-error.ts';
import { connectEngine, EngineAgent } from './connect.ts';
import type { EngineEndpoint } from './endpoint.ts';
import { findEngine, type EngineSearch } from './find-engine.ts';
import { http } from './node-http.ts';
import { engineLost } from './unreachable.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'HEAD' | 'DELETE';
  /** Path and query: `/images/json?all=1`. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | string;
  readonly signal: AbortSignal;
}

/** One Docker engine: dockerode for the API's ordinary calls, raw requests for what dockerode does not speak. */
export interface Engine {
  readonly endpoint: EngineEndpoint;
  /** dockerode over this engine's connections, loaded at the first call. */
  docker(): Promise<Dockerode>;
  /** One request; resolves with the answer's head, whatever its status. Rejects with ENGINE_UNREACHABLE. */
  request(request: EngineRequest): Promise<IncomingMessage>;
  /** A request that turns its connection into a stream of its own (`/session`). Throws ENGINE_TOO_OLD where it is refused. */
  upgrade(request: EngineRequest): Promise<Duplex>;
  /** Closes idle connections. */
  close(): void;
}

/** Finds the engine (see findEngine) and hands out a client for it. Connects at the first request only. */
export async function openEngine(search: EngineSearch): Promise<Engine> {
  return engineAt(await findEngine(search));
}

/** A client for a known endpoint. */
export function engineAt(endpoint: EngineEndpoint): Engine {
  const agent = new EngineAgent(async () => connectEngine(endpoint));
  let docker: Promise<Dockerode> | null = null;
  return {
    endpoint,
    docker: async () => (docker ??= openDockerode(agent)),
    request: async (request) => send({ endpoint, agent }, request),
    upgrade: async (request) => sendUpgrade({ endpoint, agent }, request),
    close: () => agent.destroy(),
  };
}

async function openDockerode(agent: EngineAgent): Promise<Dockerode> {
  const { default: Dockerode } = await import('dockerode');
  // The name is only a placeholder for the Host header: the agent decides where connections go.
  const options = { host: 'http://engine', port: 80, protocol: 'http', agent } as const;
  return new Dockerode(options);
}

interface Line {
  readonly endpoint: EngineEndpoint;
  readonly agent: EngineAgent;
}

async function send({ endpoint, agent }: Line, request: EngineRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = http.request({
    agent,
    host: 'engine',
    method: request.method,
    path: request.path,
    headers: request.headers ?? {},
    signal: request.signal,
  });
  outgoing.on('response', resolve);
  outgoing.on('error', (error) => reject(abortReasonOf(request.signal) ?? engineLost(endpoint, error)));
  outgoing.end(request.body);
  return promise;
}

async function sendUpgrade({ endpoint, agent }: Line, request: EngineRequest): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const outgoing = http.request({
    agent,
    host: 'engine',
    method: request.method,
    path: request.path,
    headers: { ...request.headers, Connection: 'Upgrade' },
    signal: request.signal,
  });
  outgoing.on('upgrade', (_response, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  outgoing.on('response', (response) => {
    response.resume();
    reject(noUpgrade(endpoint, request.path, response.statusCode ?? 0));
  });
  outgoing.on('error', (error) => reject(abortReasonOf(request.signal) ?? engineLost(endpoint, error)));
  outgoing.end();
  return promise;
}

function noUpgrade(endpoint: EngineEndpoint, path: string, status: number): EngineError {
  return new EngineError({
    code: 'ENGINE_TOO_OLD',
    message: `the Docker engine at ${endpoint.address} has no BuildKit session (it answered ${status} to ${path})`,
    hint: 'use Docker 18.09 or newer with BuildKit, or another engine through DOCKER_HOST',
    facts: { endpoint: endpoint.address, status },
  });
}
