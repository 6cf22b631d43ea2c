import { RegistryError } from '../../errors/xgen-error.ts';
import type { RegistryClient } from '../../ports/registry.ts';
import { checkWritable, hasBlob } from './blobs.ts';
import { getConfig, platformsOf } from './image-config.ts';
import { deleteManifest, getManifest, headManifest, putManifest } from './manifests.ts';
import { createSession, type RegistrySession, type SessionParts } from './session.ts';
import { listTags } from './tags.ts';

/** A registry's API (OCI distribution specification 1.1, and distribution's older one). */
export function createRegistryClient(parts: SessionParts): RegistryClient {
  const session = createSession(parts);
  return {
    host: parts.where.host,
    ping: async (signal) => ping(session, signal),
    headManifest: async (repository, reference, signal) =>
      headManifest(session, { repository: checked(repository), reference, signal }),
    getManifest: async (repository, reference, signal) =>
      getManifest(session, { repository: checked(repository), reference, signal }),
    putManifest: async ({ repository, reference, manifest, signal }) =>
      putManifest(session, { repository: checked(repository), reference, signal }, manifest),
    deleteManifest: async (repository, digest, signal) =>
      deleteManifest(session, { repository: checked(repository), reference: digest, signal }),
    hasBlob: async (repository, digest, signal) =>
      hasBlob(session, { repository: checked(repository), digest, signal }),
    getConfig: async (get) => getConfig(session, { ...get, repository: checked(get.repository) }),
    platforms: async (repository, reference, signal) =>
      platformsOf(session, { repository: checked(repository), reference, signal }),
    listTags: async (repository, signal) => listTags(session, checked(repository), signal),
    checkWritable: async (repository, signal) => checkWritable(session, checked(repository), signal),
  };
}

/**
 * A real login: `GET /v2/` with it. A registry that lets everybody read asks for nothing there; it is shown the login
 * all the same, or a wrong one would only be noticed at the push.
 */
async function ping(session: RegistrySession, signal: AbortSignal): Promise<void> {
  const answer = await session.request({ method: 'GET', path: '/v2/', scope: null, showLogin: true, signal });
  if (answer.status !== 200) throw await session.refusal({ scope: null, doing: 'logging in', answer });
}

/** A repository goes into a path: nothing may leave its place there. */
function checked(repository: string): string {
  const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
  if (repository.length < 256 && new RegExp(`^${part}(?:/${part})*$`).test(repository)) return repository;
  throw new RegistryError({
    code: 'NAME_REFUSED',
    message: `"${repository}" is not the name of a repository in a registry`,
    hint: 'use lower-case letters, digits, and single . _ - between them, with / between the parts',
  });
}
