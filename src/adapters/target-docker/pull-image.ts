import type { AuthConfig } from 'dockerode';
import { abortReasonOf } from '../../errors/abort-reason.ts';
import { RolloutError } from '../../errors/xgen-error.ts';
import type { Login } from '../../ports/credentials.ts';
import type { RolloutOrder } from '../../ports/target.ts';
import { referenceText } from './container-labels.ts';
import { fullConfig, type FullConfig } from './container-spec.ts';
import { engineFailure, readEngine, statusOf, unless, wordsOf } from './engine-calls.ts';
import type { Place } from './place.ts';

const PULL_LIMIT_MS = 30 * 60_000;

export interface LocalImage {
  readonly id: string;
  readonly repoDigests: readonly string[];
  readonly config: FullConfig;
}

/** An image of the engine's own store, by id or reference; null where it is not there. */
export async function inspectImage(place: Place, image: string, signal: AbortSignal): Promise<LocalImage | null> {
  const found = await unless(
    [404],
    readEngine(place, signal, async () => place.docker.getImage(image).inspect()),
  );
  return found === null
    ? null
    : { id: found.Id, repoDigests: found.RepoDigests ?? [], config: fullConfig(found.Config) };
}

/**
 * Brings the image by its digest, unless the engine has it by that very reference. Resolves to the image.
 * Throws ROLLOUT_PULL_FAILED with the registry's words.
 */
export async function pullImage(place: Place, order: RolloutOrder): Promise<LocalImage> {
  const reference = referenceText(order.image);
  const present = await inspectImage(place, reference, order.signal);
  if (present !== null) return present;
  order.onStep(`pulling ${reference}`);
  await pull(place, order, reference);
  const pulled = await inspectImage(place, reference, order.signal);
  if (pulled === null) throw pullFailed(place, reference, 'the engine has no such image after the pull');
  return pulled;
}

async function pull(place: Place, order: RolloutOrder, reference: string): Promise<void> {
  const { host, path } = order.image.reference;
  const limit = AbortSignal.timeout(PULL_LIMIT_MS);
  const abortSignal = AbortSignal.any([order.signal, limit]);
  const authconfig = order.login === null ? {} : { authconfig: authOf(order.login, host) };
  const layers = new Map<string, boolean>();
  try {
    const options = { fromImage: `${host}/${path}`, tag: order.image.digest, ...authconfig, abortSignal };
    const stream = await place.docker.createImage(options);
    for await (const line of jsonLines(stream)) {
      const problem = line['error'];
      if (typeof problem === 'string') throw pullFailed(place, reference, problem);
      noteLayer(layers, line);
      if (layers.size > 0) order.onStep(progressOf(layers));
    }
  } catch (error) {
    const reason = abortReasonOf(order.signal);
    if (reason !== null) throw reason;
    if (limit.aborted) throw pullFailed(place, reference, 'it took longer than 30 minutes');
    if (statusOf(error) === null || statusOf(error) === 403) throw engineFailure(place, 'pull the image', error);
    throw pullFailed(place, reference, wordsOf(error));
  }
}

/** A bare token is sent as it is; with a user name it is a login. */
function authOf(login: Login, host: string): AuthConfig | { registrytoken: string; serveraddress: string } {
  return login.username === ''
    ? { registrytoken: login.password, serveraddress: host }
    : { username: login.username, password: login.password, serveraddress: host };
}

function noteLayer(layers: Map<string, boolean>, line: Record<string, unknown>): void {
  const { id, status } = line;
  if (typeof id !== 'string' || typeof status !== 'string' || !/^[0-9a-f]{12}$/.test(id)) return;
  layers.set(id, status === 'Pull complete' || status === 'Already exists');
}

function progressOf(layers: ReadonlyMap<string, boolean>): string {
  const done = [...layers.values()].filter(Boolean).length;
  return `pulling, ${String(done)} of ${String(layers.size)} layers`;
}

async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<Record<string, unknown>> {
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() !== '') yield JSON.parse(line) as Record<string, unknown>;
  }
}

function pullFailed({ endpoint, target }: Place, reference: string, words: string): RolloutError {
  return new RolloutError({
    code: 'ROLLOUT_PULL_FAILED',
    message: `${target.env}: the engine at ${endpoint.address} could not pull ${reference}: ${words}`,
    hint: `see whether that engine reaches the registry and may read: docker -H ${endpoint.address} pull ${reference}`,
    facts: { env: target.env, endpoint: endpoint.address, image: reference },
    evidence: [words],
  });
}
