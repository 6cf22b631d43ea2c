import type { Digest } from '../../values/image-reference.ts';
import { digestOf, MAX_DOCUMENT_BYTES, wrongBytes } from './manifests.ts';
import { accessRefused } from './refusals.ts';
import type { RegistrySession } from './session.ts';

export interface BlobPlace {
  readonly repository: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}

/** Asks for a blob by HEAD. */
export async function hasBlob(session: RegistrySession, { repository, digest, signal }: BlobPlace): Promise<boolean> {
  const scope = { repository, access: 'read' } as const;
  const path = blobPath(repository, digest);
  let answer = await session.request({ method: 'HEAD', path, scope, signal });
  if (answer.status === 403 || answer.status === 405) {
    // An object store that the registry points to may have signed its address for GET alone: one byte will do.
    answer = await session.request({ method: 'GET', path, scope, headers: { range: 'bytes=0-0' }, signal });
  }
  if (answer.status === 404) return false;
  if (answer.status === 200 || answer.status === 206) return true;
  throw await session.refusal({ scope, doing: `looking for ${repository}@${digest}`, answer });
}

/** The bytes of a small blob (a configuration), checked against its digest; null where it is not there. */
export async function readBlob(
  session: RegistrySession,
  { repository, digest, signal }: BlobPlace,
): Promise<Buffer | null> {
  const scope = { repository, access: 'read' } as const;
  const path = blobPath(repository, digest);
  const answer = await session.request({ method: 'GET', path, scope, maxBytes: MAX_DOCUMENT_BYTES, signal });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw await session.refusal({ scope, doing: `reading ${repository}@${digest}`, answer });
  const got = digestOf(answer.body);
  if (got !== digest) throw wrongBytes(session, `${repository}@${digest}`, got);
  return answer.body;
}

/**
 * Begins an upload and drops it: the only question about the right to push that every registry answers.
 * Throws REGISTRY_WRITE_REFUSED, REGISTRY_LOGIN_REFUSED, REGISTRY_FAILED.
 */
export async function checkWritable(session: RegistrySession, repository: string, signal: AbortSignal): Promise<void> {
  const scope = { repository, access: 'write' } as const;
  const doing = `pushing to ${repository}`;
  const answer = await session.request({ method: 'POST', path: `/v2/${repository}/blobs/uploads/`, scope, signal });
  if (answer.status === 404) {
    throw accessRefused({ where: session.where, doing, login: await session.login(), answer }, 'write');
  }
  if (answer.status !== 202) throw await session.refusal({ scope, doing, answer });
  const { base } = await session.endpoint(signal);
  const location = answer.headers.location;
  if (location === undefined || !URL.canParse(location, base.href)) return;
  const upload = new URL(location, base);
  // Behind a proxy that ends TLS a registry may name itself with http: the path is what counts, at the known address.
  if (upload.hostname !== base.hostname) return;
  try {
    await session.request({ method: 'DELETE', path: `${upload.pathname}${upload.search}`, scope, signal });
  } catch {
    // The question is answered. Registries that cannot cancel drop a begun upload by themselves, after a while.
    signal.throwIfAborted();
  }
}

function blobPath(repository: string, digest: Digest): string {
  return `/v2/${repository}/blobs/${digest}`;
}
