import { createHash } from 'node:crypto';
import type { Manifest } from '../../ports/registry.ts';
import { isDigest, type Digest } from '../../values/image-reference.ts';
import { MANIFEST_TYPES, mediaTypeIn } from '../../values/manifest.ts';
import { printable, registryError } from './registry-error.ts';
import type { RegistryRequest, RegistrySession } from './session.ts';
import type { HttpAnswer } from './transport.ts';

/** Manifests and image configurations are small; distribution itself takes manifests up to 4 MB. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

export interface ManifestPlace {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly signal: AbortSignal;
}

export function digestOf(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export async function headManifest(session: RegistrySession, place: ManifestPlace): Promise<Digest | null> {
  const answer = await session.request(manifestRequest('HEAD', place));
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw await refused(session, place, answer);
  const digest = digestHeader(answer);
  // A registry may leave the header out, and may name another kind of digest: then the bytes tell.
  return digest ?? (await getManifest(session, place))?.digest ?? null;
}

/** The manifest, its bytes checked against the digest that was asked for or that the registry says. */
export async function getManifest(session: RegistrySession, place: ManifestPlace): Promise<Manifest | null> {
  const answer = await session.request({ ...manifestRequest('GET', place), maxBytes: MAX_DOCUMENT_BYTES });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw await refused(session, place, answer);
  const digest = digestOf(answer.body);
  const expected = isDigest(place.reference) ? place.reference : digestHeader(answer);
  if (expected !== null && expected !== digest) throw wrongBytes(session, `${place.repository}@${expected}`, digest);
  return { digest, mediaType: mediaTypeOf(answer), bytes: answer.body };
}

/** Throws REGISTRY_WRITE_REFUSED, REGISTRY_FAILED. */
export async function putManifest(session: RegistrySession, place: ManifestPlace, manifest: Manifest): Promise<Digest> {
  const { repository, reference, signal } = place;
  const scope = { repository, access: 'write' } as const;
  const answer = await session.request({
    method: 'PUT',
    path: manifestPath(place),
    scope,
    headers: { 'content-type': manifest.mediaType },
    body: manifest.bytes,
    signal,
  });
  if (answer.status < 200 || answer.status > 204) {
    throw await session.refusal({ scope, doing: `writing ${repository}:${reference}`, answer });
  }
  const digest = digestHeader(answer) ?? manifest.digest;
  if (digest !== manifest.digest) throw wrongBytes(session, `${repository}@${manifest.digest}`, digest);
  return digest;
}

export function wrongBytes(session: RegistrySession, asked: string, got: string): Error {
  return registryError(session.where, {
    code: 'REGISTRY_FAILED',
    message: `the registry ${session.where.host} gave other bytes than ${asked}`,
    hint: 'a damaged storage, or a proxy on the way that changes answers: look at the log of the registry',
    evidence: [`got ${printable(got)}`],
  });
}

function removesNothing(session: RegistrySession, repository: string): Error {
  return registryError(session.where, {
    code: 'REGISTRY_WRITE_REFUSED',
    message: `the registry ${session.where.host} does not let anybody remove images of ${repository}`,
    hint: "allow it in the registry (distribution: storage.delete.enabled), or let the registry's own rules remove them",
  });
}

/** Throws REGISTRY_WRITE_REFUSED, also where the registry removes nothing at all (405), and REGISTRY_FAILED. */
export async function deleteManifest(session: RegistrySession, place: ManifestPlace): Promise<boolean> {
  const { repository, reference, signal } = place;
  const scope = { repository, access: 'delete' } as const;
  const answer = await session.request({ method: 'DELETE', path: manifestPath(place), scope, signal });
  if (answer.status === 404) return false;
  if (answer.status === 202 || answer.status === 200) return true;
  if (answer.status === 405) throw removesNothing(session, repository);
  throw await session.refusal({ scope, doing: `removing ${repository}@${reference}`, answer });
}

function manifestRequest(method: 'GET' | 'HEAD', place: ManifestPlace): RegistryRequest {
  const scope = { repository: place.repository, access: 'read' } as const;
  // Without the types a registry converts the manifest to an older one, with another digest.
  const headers = { accept: MANIFEST_TYPES.join(', ') };
  return { method, path: manifestPath(place), scope, headers, signal: place.signal };
}

function manifestPath({ repository, reference }: ManifestPlace): string {
  return `/v2/${repository}/manifests/${encodeURIComponent(reference)}`;
}

async function refused(session: RegistrySession, place: ManifestPlace, answer: HttpAnswer): Promise<Error> {
  const { repository, reference } = place;
  const doing = `reading ${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
  return session.refusal({ scope: { repository, access: 'read' }, doing, answer });
}

function digestHeader(answer: HttpAnswer): Digest | null {
  const value = answer.headers['docker-content-digest'];
  return typeof value === 'string' && isDigest(value) ? value : null;
}

function mediaTypeOf(answer: HttpAnswer): string {
  const said = (answer.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  const known = MANIFEST_TYPES.find((type) => type === said);
  return known ?? mediaTypeIn(answer.body) ?? said;
}
