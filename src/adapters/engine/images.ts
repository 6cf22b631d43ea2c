import type { IncomingMessage } from 'node:http';
import type { Login } from '../../ports/credentials.ts';
import { formatRepository, isDigest, type Digest, type ImageReference } from '../../values/image-reference.ts';
import { callEngine, messageInAnswer, recordOf, refusedCall, stringOf, stringsOf } from './call.ts';
import type { Engine, EngineRequest } from './open-engine.ts';

/** An image in the engine's own store. */
export interface StoredImage {
  readonly id: Digest;
  /** `linux/amd64` */
  readonly platform: string;
  readonly sizeBytes: number;
  /** `host/path@sha256:…`, one for each repository that it was pulled from or pushed to. */
  readonly repoDigests: readonly string[];
  /** `host/path:tag`, its names here. */
  readonly repoTags: readonly string[];
}

/** Null where the engine does not have it. `name` is an id, a digest or a reference. */
export async function inspectImage(engine: Engine, name: string, signal: AbortSignal): Promise<StoredImage | null> {
  const request = { method: 'GET', path: `/images/${name}/json`, signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status === 404) return null;
  const body = recordOf(answer.body);
  const id = stringOf(body['Id']);
  if (answer.status !== 200 || !isDigest(id)) throw refusedCall(request, answer);
  return {
    id,
    platform: `${stringOf(body['Os'])}/${stringOf(body['Architecture'])}`,
    sizeBytes: typeof body['Size'] === 'number' ? body['Size'] : 0,
    repoDigests: stringsOf(body['RepoDigests']),
    repoTags: stringsOf(body['RepoTags']),
  };
}

/** Gives an image one more name. */
export async function tagImage(
  engine: Engine,
  tag: { id: Digest; as: ImageReference; signal: AbortSignal },
): Promise<void> {
  const query = new URLSearchParams({ repo: formatRepository(tag.as), tag: tag.as.tag ?? 'latest' });
  const request = { method: 'POST', path: `/images/${tag.id}/tag?${query.toString()}`, signal: tag.signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status >= 300) throw refusedCall(request, answer);
}

export type Removal =
  | { readonly status: 'removed' | 'missing' }
  /** A container uses it. Never forced: that would also drop the digests that prove what the container runs. */
  | { readonly status: 'in-use'; readonly reason: string };

/** Takes a name away; the image goes with its last name. */
export async function untagImage(engine: Engine, name: string, signal: AbortSignal): Promise<Removal> {
  const request = { method: 'DELETE', path: `/images/${name}`, signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status === 404) return { status: 'missing' };
  if (answer.status === 409) return { status: 'in-use', reason: messageInAnswer(answer) };
  if (answer.status >= 300) throw refusedCall(request, answer);
  return { status: 'removed' };
}

/** The images that have a name below a host. */
export async function listNamedImages(engine: Engine, host: string, signal: AbortSignal): Promise<StoredImage[]> {
  const filters = JSON.stringify({ reference: [`${host}/*`, `${host}/*/*`] });
  const request = { method: 'GET', path: `/images/json?filters=${encodeURIComponent(filters)}`, signal } as const;
  const answer = await callEngine(engine, request);
  if (answer.status !== 200 || !Array.isArray(answer.body)) throw refusedCall(request, answer);
  // The list shows of each image only the names that the filter lets through: the image itself tells all of them.
  const ids = answer.body.map((image) => stringOf(recordOf(image)['Id']));
  const images = await Promise.all(ids.map(async (id) => inspectImage(engine, id, signal)));
  return images.filter((image) => image !== null);
}

/** Begins a push; the answer is a stream of JSON lines in which errors come too. */
export async function startPush(
  engine: Engine,
  push: { image: ImageReference; login: Login | null; signal: AbortSignal },
): Promise<IncomingMessage> {
  const tag = encodeURIComponent(push.image.tag ?? 'latest');
  return engine.request({
    method: 'POST',
    path: `/images/${formatRepository(push.image)}/push?tag=${tag}`,
    headers: { 'X-Registry-Auth': registryAuth(push.login, push.image.host) },
    signal: push.signal,
  });
}

/** Pulls by digest, which brings back the engine's record of that digest. Rejects where that fails. */
export async function pullDigest(
  engine: Engine,
  pull: { reference: string; login: Login | null; signal: AbortSignal },
): Promise<void> {
  const host = pull.reference.split('/')[0] ?? '';
  const request: EngineRequest = {
    method: 'POST',
    path: `/images/create?fromImage=${encodeURIComponent(pull.reference)}`,
    headers: { 'X-Registry-Auth': registryAuth(pull.login, host) },
    signal: pull.signal,
  };
  const answer = await callEngine(engine, request);
  if (answer.status >= 300) throw refusedCall(request, answer);
}

/** The login for one call, as the engine takes it: a header, never a file. `{}` where there is none. */
export function registryAuth(login: Login | null, host: string): string {
  const auth = login === null ? {} : { ...secretOf(login), serveraddress: host };
  // With padding, unlike Node's base64url: engine 20.10 reads a header without it as no login at all, silently.
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function secretOf(login: Login): Readonly<Record<string, string>> {
  if (login.username === '') return { identitytoken: login.password };
  return { username: login.username, password: login.password };
}

/** `repository@digest` of an image under a reference's repository. */
export function digestsOf(image: StoredImage, repository: ImageReference): string[] {
  const prefix = `${formatRepository(repository)}@`;
  return image.repoDigests.filter((digest) => digest.startsWith(prefix));
}
