import { isForbidden } from './api-errors.ts';
import { askOrNull } from './api.ts';
import type { ObjectMeta } from './objects.ts';
import type { Place } from './place.ts';

/**
 * What is equal for two targets exactly where they are the same workload: the authority of the API server, and the UID of
 * the namespace, which a namespaced right can read. Whatever address a cluster is reached by, these stay; a cluster that
 * was restored from another's backup has an authority of its own. Without that right the namespace's name has to do.
 */
export async function identityOf(place: Place, signal: AbortSignal): Promise<string> {
  const { target, cluster } = place;
  const workload = `${target.workload}/${target.deployment}`;
  const uid = await namespaceUid(place, signal);
  if (uid !== null) return `kubernetes ${cluster.authority ?? ''} ${uid} ${workload}`;
  return `kubernetes ${cluster.authority ?? cluster.server} ${target.namespace} ${workload}`;
}

async function namespaceUid(place: Place, signal: AbortSignal): Promise<string | null> {
  const { namespace } = place.target;
  try {
    const path = `/api/v1/namespaces/${namespace}`;
    const found = await askOrNull<{ metadata: ObjectMeta }>(place, {
      verb: 'get',
      resource: 'namespaces',
      path,
      signal,
    });
    return found?.value.metadata.uid ?? null;
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}
