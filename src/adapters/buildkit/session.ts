import { createHash, randomUUID } from 'node:crypto';
import { EngineError, messageOf } from '../../errors/xgen-error.ts';
import type { BuildSecret } from '../../ports/builder.ts';
import type { Login } from '../../ports/credentials.ts';
import type { Engine } from '../engine/open-engine.ts';
import { serveFileSync } from './file-sync.ts';
import { FRAME_BYTES, GRPC_STATUS, GrpcError, serveGrpc, type GrpcMethod } from './grpc.ts';
import { readFirstText } from './messages.ts';
import { MessageWriter } from './protobuf.ts';

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
  const id = randomUUID().replaceAll('-', '');
  const methods = methodsOf(options);
  const socket = await engine.upgrade({
    method: 'POST',
    path: '/session',
    headers: {
      Upgrade: 'h2c',
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Name': 'xgen-build',
      'X-Docker-Expose-Session-Sharedkey': createHash('sha256').update(options.sharedKey).digest('hex'),
      'X-Docker-Expose-Session-Grpc-Method': [...methods.keys()],
    },
    signal: options.signal,
  });
  // The engine resets the connection at the end of a build; how the build went is said elsewhere.
  socket.on('error', () => undefined);
  const server = serveGrpc(socket, methods);
  return {
    id,
    close: () => {
      server.close();
      socket.destroy();
    },
  };
}

/** By the names that the engine wants to know beforehand. */
function methodsOf(options: SessionOptions): ReadonlyMap<string, GrpcMethod> {
  return new Map<string, GrpcMethod>([
    ['/grpc.health.v1.Health/Check', unary(options, async () => new MessageWriter(FRAME_BYTES).int(1, SERVING))],
    ['/moby.filesync.v1.Auth/Credentials', unary(options, async (host) => credentials(options, host))],
    ['/moby.buildkit.secrets.v1.Secrets/GetSecret', unary(options, async (id) => secret(options, id))],
    [
      '/moby.filesync.v1.FileSync/DiffCopy',
      async (call) => serveFileSync(call, { directory: options.contextDirectory, onFault: options.onFault }),
    ],
  ]);
}

const SERVING = 1;

/** `CredentialsResponse`: user name and secret, both empty where there is no login. */
async function credentials({ loginFor }: SessionOptions, host: string): Promise<MessageWriter> {
  const login = await loginFor(registryHost(host));
  return new MessageWriter(FRAME_BYTES).text(1, login?.username ?? '').text(2, login?.password ?? '');
}

/** `GetSecretResponse` */
async function secret({ secrets }: SessionOptions, id: string): Promise<MessageWriter> {
  const found = secrets.find((candidate) => candidate.id === id);
  // The builder asks for a secret that was not given: it decides itself whether that is an error.
  if (found === undefined) throw new GrpcError(GRPC_STATUS.notFound, `there is no secret "${id}"`);
  return new MessageWriter(FRAME_BYTES).bytes(1, await found.read());
}

/** BuildKit calls Docker Hub by the name of its API. */
function registryHost(host: string): string {
  return host === 'registry-1.docker.io' || host === 'index.docker.io' ? 'docker.io' : host;
}

/** A method that is asked with one text, in its first field, and answers with one message. */
function unary({ onFault }: SessionOptions, work: (text: string) => Promise<MessageWriter>): GrpcMethod {
  return async (call) => {
    try {
      for await (const message of call.messages()) {
        call.send((await work(readFirstText(message))).finish());
        break;
      }
    } catch (error) {
      if (error instanceof GrpcError || call.isOver) throw error;
      const fault =
        error instanceof Error ? error : new EngineError({ code: 'BUILDER_FAILED', message: messageOf(error) });
      onFault(fault);
      throw fault;
    }
  };
}
