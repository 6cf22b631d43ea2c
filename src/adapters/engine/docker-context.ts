import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment, TlsMaterial } from './endpoint.ts';

/** The docker client's own folder: DOCKER_CONFIG, else `~/.docker`. */
export function dockerConfigDirectory(environment: Environment): string {
  const configured = environment['DOCKER_CONFIG'];
  return configured === undefined || configured === '' ? path.join(homeOf(environment), '.docker') : configured;
}

export function homeOf(environment: Environment): string {
  const home = environment['HOME'];
  return home === undefined || home === '' ? homedir() : home;
}

/** Name of the context that `docker context use` chose; null for the default one. */
export async function currentContext(configDirectory: string): Promise<string | null> {
  const config = await readJson(path.join(configDirectory, 'config.json'));
  const name = isRecord(config) ? config['currentContext'] : undefined;
  return typeof name === 'string' && name !== '' ? name : null;
}

export interface DockerContext {
  readonly host: string;
  readonly tls: TlsMaterial | null;
}

/** A context's engine and TLS material, from where `docker context create` puts them; null where it is not there. */
export async function readDockerContext(configDirectory: string, name: string): Promise<DockerContext | null> {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readJson(path.join(configDirectory, 'contexts', 'meta', id, 'meta.json'));
  const endpoints = isRecord(meta) ? meta['Endpoints'] : undefined;
  const docker = isRecord(endpoints) ? endpoints['docker'] : undefined;
  const host = isRecord(docker) ? docker['Host'] : undefined;
  if (typeof host !== 'string') return null;
  const verify = !(isRecord(docker) && docker['SkipTLSVerify'] === true);
  const tls = await readTls(path.join(configDirectory, 'contexts', 'tls', id, 'docker'), verify);
  const hasTls = tls.ca !== null || tls.cert !== null || !verify;
  return { host, tls: hasTls ? tls : null };
}

/** ca.pem, cert.pem and key.pem of a folder; null for each that is not there. */
export async function readTls(directory: string, verify: boolean): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(async (name) => readText(path.join(directory, name))),
  );
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify };
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return null;
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
