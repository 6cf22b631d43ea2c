import { connect as connectSocket, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { inspect } from 'node:util';
import type { EngineAddress, EngineEndpoint, TlsMaterial } from './endpoint.ts';
import { http } from './node-http.ts';
import { openSshStream } from './ssh-stream.ts';
import { engineUnreachable } from './unreachable.ts';

const CONNECT_TIMEOUT_MS = 15_000;

/** Opens one connection to an engine. Throws ENGINE_UNREACHABLE. For ssh a refused login fails the stream with it. */
export async function connectEngine(endpoint: EngineEndpoint): Promise<Duplex> {
  const { to } = endpoint;
  if (to.kind === 'ssh') return openSshStream(to, (error) => engineUnreachable(endpoint, error));
  try {
    return await connected(to.kind === 'unix' ? connectSocket({ path: to.path }) : openTcp(to), isTls(to));
  } catch (error) {
    throw engineUnreachable(endpoint, error);
  }
}

function isTls(to: EngineAddress): boolean {
  return to.kind === 'tcp' && to.tls !== null;
}

function openTcp(to: Extract<EngineAddress, { kind: 'tcp' }>): Socket {
  const place = { host: to.host, port: to.port };
  return to.tls === null ? connectSocket(place) : connectTls({ ...place, ...tlsOptions(to.tls), servername: to.host });
}

function tlsOptions(tls: TlsMaterial): {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized: boolean;
} {
  return {
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
    rejectUnauthorized: tls.verify,
  };
}

async function connected(socket: Socket, isTls: boolean): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    CONNECT_TIMEOUT_MS,
  );
  socket.once('error', reject);
  socket.once(isTls ? 'secureConnect' : 'connect', () => resolve(socket));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.off('error', reject);
  }
}

/** Keeps connections to one engine open between requests; whoever uses it gets ENGINE_UNREACHABLE from every request. */
export class EngineAgent extends http.Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxFreeSockets: 8 });
    this.#connect = connect;
  }

  /**
   * docker-modem writes out the options of every request, this agent with all its connections among them, for a debug log
   * that is off: it took a third of the time of a rollout.
   */
  [inspect.custom](): string {
    return 'EngineAgent';
  }

  override createConnection(
    _options: object,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    // The type of the callback demands a stream beside the error; the agent looks at the error first.
    void this.#hand(callback as (error: unknown, stream?: Duplex) => void);
    return undefined;
  }

  async #hand(take: (error: unknown, stream?: Duplex) => void): Promise<void> {
    const outcome = await this.#connect().then(
      (stream) => ({ stream }),
      (error: unknown) => ({ error }),
    );
    if ('stream' in outcome) take(null, outcome.stream);
    else take(outcome.error);
  }
}
