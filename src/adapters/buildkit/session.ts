import { createHash, randomUUID } from 'node:crypto';
import type * as Grpc from '@grpc/grpc-js';
import { EngineError, messageOf } from '../../errors/xgen-error.ts';
import type { BuildSecret } from '../../ports/builder.ts';
import type { Login } from '../../ports/credentials.ts';
import type { Engine } from '../engine/open-engine.ts';
import { serveFileSync } from './file-sync.ts';
import { loadCodecs, type Codecs, type Messages, type Packet } from './messages.ts';

export interface SessionOptions {
  readonly contextDirectory: string;
  /** Any text; equal for the same context, so that only changed files are sent. */
  readonly sharedKey: string;
  readonly secrets: readonly BuildSecret[];
  readonly loginFor: (host: string) => Promise<Login | null>;
  /** Told of what went wrong on this side of the session, in its own words. */
  readonly onFault: (fault: Error) => void;
  readonly signal: AbortSignal;
}

/** What a build calls back for: files, logins and secrets. One per build: a reused one hides changes of files. */
export interface Session {
  readonly id: string;
  close(): void;
}

/** Opens a session with the engine. Throws ENGINE_UNREACHABLE, ENGINE_TOO_OLD. */
export async function openSession(engine: Engine, options: SessionOptions): Promise<Session> {
  const [grpc, codecs] = await loadSessionLibraries();
  const id = randomUUID().replaceAll('-', '');
  const server = new grpc.Server();
  const methods = addServices({ server, codecs, grpc }, options);
  const socket = await engine.upgrade({
    method: 'POST',
    path: '/session',
    headers: {
      Upgrade: 'h2c',
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Name': 'xgen-build',
      'X-Docker-Expose-Session-Sharedkey': createHash('sha256').update(options.sharedKey).digest('hex'),
      'X-Docker-Expose-Session-Grpc-Method': methods,
    },
    signal: options.signal,
  });
  // The engine resets the connection at the end of a build; how the build went is said elsewhere.
  socket.on('error', () => undefined);
  server.createConnectionInjector(grpc.ServerCredentials.createInsecure()).injectConnection(socket);
  return {
    id,
    close: () => {
      server.forceShutdown();
      socket.destroy();
    },
  };
}

/** gRPC and protobuf; may be called ahead of time, while something else is waited for. */
export async function loadSessionLibraries(): Promise<[typeof Grpc, Codecs]> {
  return Promise.all([import('@grpc/grpc-js'), loadCodecs()]);
}

interface Services {
  readonly server: Grpc.Server;
  readonly codecs: Codecs;
  readonly grpc: typeof Grpc;
}

/** Adds every service; returns the names of their methods, which the engine wants to know beforehand. */
function addServices(services: Services, options: SessionOptions): string[] {
  const unary = unaryService(services, options.onFault);
  return [
    unary('/grpc.health.v1.Health/Check', ['HealthCheckRequest', 'HealthCheckResponse'], async () => ({ status: 1 })),
    unary('/moby.filesync.v1.Auth/Credentials', ['CredentialsRequest', 'CredentialsResponse'], async ({ host }) => {
      const login = await options.loginFor(registryHost(host));
      return { username: login?.username ?? '', secret: login?.password ?? '' };
    }),
    unary('/moby.buildkit.secrets.v1.Secrets/GetSecret', ['GetSecretRequest', 'GetSecretResponse'], async ({ id }) => {
      const secret = options.secrets.find((candidate) => candidate.id === id);
      if (secret === undefined) throw new UnknownSecret(`there is no secret "${id}"`);
      return { data: await secret.read() };
    }),
    addFileSync(services, options),
  ];
}

/** The builder asks for a secret that was not given: it decides itself whether that is an error. */
class UnknownSecret extends Error {}

/** BuildKit calls Docker Hub by the name of its API. */
function registryHost(host: string): string {
  return host === 'registry-1.docker.io' || host === 'index.docker.io' ? 'docker.io' : host;
}

type Name = keyof Messages;
type Handler<Request extends Name, Response extends Name> = (request: Messages[Request]) => Promise<Messages[Response]>;

function unaryService({ server, codecs, grpc }: Services, onFault: (fault: Error) => void) {
  return <Request extends Name, Response extends Name>(
    path: string,
    [request, response]: [Request, Response],
    handler: Handler<Request, Response>,
  ): string => {
    const [incoming, outgoing] = [codecs(request), codecs(response)];
    const answer = async (
      message: Messages[Request],
      callback: Grpc.sendUnaryData<Messages[Response]>,
    ): Promise<void> => {
      try {
        callback(null, await handler(message));
      } catch (error) {
        const isUnknown = error instanceof UnknownSecret;
        if (!isUnknown) onFault(error instanceof Error ? error : new EngineError(internal(error)));
        callback({ code: isUnknown ? grpc.status.NOT_FOUND : grpc.status.UNKNOWN, details: messageOf(error) });
      }
    };
    server.addService(
      {
        call: {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: incoming.encode,
          requestDeserialize: incoming.decode,
          responseSerialize: outgoing.encode,
          responseDeserialize: outgoing.decode,
        },
      },
      {
        call: (
          call: Grpc.ServerUnaryCall<Messages[Request], Messages[Response]>,
          callback: Grpc.sendUnaryData<Messages[Response]>,
        ) => {
          void answer(call.request, callback);
        },
      },
    );
    return path;
  };
}

function internal(error: unknown): ConstructorParameters<typeof EngineError>[0] {
  return { code: 'BUILDER_FAILED', message: messageOf(error) };
}

function addFileSync({ server, codecs }: Services, options: SessionOptions): string {
  const path = '/moby.filesync.v1.FileSync/DiffCopy';
  const packet = codecs('Packet');
  server.addService(
    {
      call: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: packet.encode,
        requestDeserialize: packet.decode,
        responseSerialize: packet.encode,
        responseDeserialize: packet.decode,
      },
    },
    {
      call: (call: Grpc.ServerDuplexStream<Packet, Packet>) => {
        void serveFileSync(call, { directory: options.contextDirectory, onFault: options.onFault });
      },
    },
  );
  return path;
}
