import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CredentialError, messageOf } from '../../errors/xgen-error.ts';
import type { Found } from './parse-login.ts';
import { askHelper, type RunHelper } from './docker-helper.ts';

export interface DockerConfig {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, unknown>>;
  readonly credsStore: string | null;
}

/** The key under which `docker login` keeps Docker Hub's login. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';
const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

export function dockerConfigPath(dockerConfigDir: string): string {
  return join(dockerConfigDir, 'config.json');
}

/**
 * The login that `docker login` left for a host: from the host's own helper, from the general store, from the file
 * itself, in the docker client's order. Null where there is none. Throws CREDENTIAL_INVALID.
 */
export async function findInDockerConfig(
  dockerConfigDir: string,
  host: string,
  runHelper: RunHelper,
): Promise<Found | null> {
  const path = dockerConfigPath(dockerConfigDir);
  const config = await readDockerConfig(path);
  if (config === null) return null;
  const server = DOCKER_HUB_NAMES.has(host) ? DOCKER_HUB_KEY : host;
  const own = valueFor(config.credHelpers, host);
  if (typeof own === 'string') return askHelper({ helper: own, server, runHelper });
  if (config.credsStore !== null) {
    // The docker client goes on without a login where the general store is broken, as on a machine that was set up
    // for a desktop: so a store that fails is as good as one that holds nothing.
    const stored = await askHelper({ helper: config.credsStore, server, runHelper }).catch(() => null);
    if (stored !== null) return stored;
  }
  return entryLogin(valueFor(config.auths, host), `Docker configuration ${path}`);
}

async function readDockerConfig(path: string): Promise<DockerConfig | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw broken(path, messageOf(error));
  }
  const config = parseDockerConfig(text);
  if (config === null) throw broken(path, 'it is not valid JSON');
  return config;
}

/** Null for text that is no Docker configuration. */
export function parseDockerConfig(text: string): DockerConfig | null {
  try {
    const parsed = asRecord(JSON.parse(text));
    if (parsed === null) return null;
    const store = parsed['credsStore'];
    return {
      auths: asRecord(parsed['auths']) ?? {},
      credHelpers: asRecord(parsed['credHelpers']) ?? {},
      credsStore: typeof store === 'string' && store !== '' ? store : null,
    };
  } catch {
    return null;
  }
}

/** Keys are hosts, or addresses with a scheme and a path as older clients wrote them. */
function valueFor(entries: Readonly<Record<string, unknown>>, host: string): unknown {
  if (Object.hasOwn(entries, host)) return entries[host];
  return Object.entries(entries).find(([key]) => isSameHost(key, host))?.[1];
}

function isSameHost(key: string, host: string): boolean {
  const name = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return name === host || (DOCKER_HUB_NAMES.has(name) && DOCKER_HUB_NAMES.has(host));
}

function entryLogin(entry: unknown, from: string): Found | null {
  const fields = asRecord(entry);
  if (fields === null) return null;
  const text = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
  if (text('identitytoken') !== '') return { kind: 'token', token: text('identitytoken'), from };
  if (text('auth') !== '') {
    // Old clients padded the text with NUL bytes.
    const pair = Buffer.from(text('auth'), 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = pair.indexOf(':');
    if (colon > 0) return { kind: 'pair', username: pair.slice(0, colon), password: pair.slice(colon + 1), from };
  }
  if (text('username') === '' || text('password') === '') return null;
  return { kind: 'pair', username: text('username'), password: text('password'), from };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

function broken(path: string, why: string): CredentialError {
  return new CredentialError({
    code: 'CREDENTIAL_INVALID',
    message: `the Docker configuration ${path} cannot be read: ${why}`,
    hint: `correct it, or move it away and log in again: docker login`,
    facts: { path },
  });
}
