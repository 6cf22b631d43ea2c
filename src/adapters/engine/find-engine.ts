import { access } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../../errors/xgen-error.ts';
import { currentContext, dockerConfigDirectory, homeOf, readDockerContext, readTls } from './docker-context.ts';
import {
  DEFAULT_SOCKET,
  endpointOf,
  parseEngineAddress,
  type EngineEndpoint,
  type Environment,
  type TlsMaterial,
} from './endpoint.ts';

export interface EngineSearch {
  readonly environment: Environment;
  /** An address from the configuration; null: search as the docker client does. */
  readonly host: string | null;
}

/**
 * Finds the engine as the docker client does: the given address, DOCKER_HOST, DOCKER_CONTEXT, the current context, then
 * the default, the rootless and the desktop socket. Connects to nothing.
 * Throws ENGINE_UNREACHABLE for an address that cannot be read and a context that is not there.
 */
export async function findEngine({ environment, host }: EngineSearch): Promise<EngineEndpoint> {
  if (host !== null) return readAddress(host, 'the configuration', await environmentTls(environment));
  const dockerHost = environment['DOCKER_HOST'];
  if (isSet(dockerHost)) return readAddress(dockerHost, 'DOCKER_HOST', await environmentTls(environment));
  const directory = dockerConfigDirectory(environment);
  const named = environment['DOCKER_CONTEXT'];
  const context = isSet(named) ? named : await currentContext(directory);
  if (context !== null && context !== 'default') {
    return readContext(directory, context, isSet(named) ? ' (DOCKER_CONTEXT)' : '');
  }
  return defaultSocket(environment);
}

/** As the docker client: DOCKER_TLS_VERIFY with any value turns TLS on, files are in DOCKER_CERT_PATH or `~/.docker`. */
async function environmentTls(environment: Environment): Promise<TlsMaterial | null> {
  if (!isSet(environment['DOCKER_TLS_VERIFY'])) return null;
  const directory = environment['DOCKER_CERT_PATH'];
  return readTls(isSet(directory) ? directory : dockerConfigDirectory(environment), true);
}

async function readContext(directory: string, name: string, note: string): Promise<EngineEndpoint> {
  const context = await readDockerContext(directory, name);
  if (context === null) {
    throw new EngineError({
      code: 'ENGINE_UNREACHABLE',
      message: `the docker context "${name}"${note} is not in ${path.join(directory, 'contexts')}`,
      hint: 'list the contexts with `docker context ls`, or set DOCKER_HOST',
      facts: { context: name },
    });
  }
  return readAddress(context.host, `docker context "${name}"${note}`, context.tls);
}

function readAddress(text: string, from: string, tls: TlsMaterial | null): EngineEndpoint {
  const to = parseEngineAddress(text, tls);
  if (to !== null) return endpointOf(text, from, to);
  throw new EngineError({
    code: 'ENGINE_UNREACHABLE',
    message: `the engine's address from ${from} cannot be read: "${withoutPassword(text)}"`,
    hint: 'write unix:///path/to/docker.sock, tcp://host:2376 (with DOCKER_TLS_VERIFY=1) or ssh://user@host',
    facts: { from },
  });
}

function withoutPassword(text: string): string {
  return text.replace(/:[^:@/]*@/, ':***@');
}

async function defaultSocket(environment: Environment): Promise<EngineEndpoint> {
  const runtime = environment['XDG_RUNTIME_DIR'];
  const candidates = [
    { from: 'the default socket', path: DEFAULT_SOCKET },
    ...(isSet(runtime) ? [{ from: 'the rootless socket', path: path.join(runtime, 'docker.sock') }] : []),
    { from: 'the desktop socket', path: path.join(homeOf(environment), '.docker', 'run', 'docker.sock') },
  ];
  const present = await Promise.all(candidates.map(async (candidate) => exists(candidate.path)));
  const found = candidates.find((_, index) => present[index]) ?? candidates[0];
  const socket = found?.path ?? DEFAULT_SOCKET;
  return endpointOf(`unix://${socket}`, found?.from ?? 'the default socket', { kind: 'unix', path: socket });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
