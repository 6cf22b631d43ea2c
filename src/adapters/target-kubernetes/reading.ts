import type { Digest } from '../../values/image-reference.ts';
import { isDigest } from '../../values/image-reference.ts';
import { readOwn, type OwnRecord } from './annotations.ts';
import { askOrNull, type Ask } from './api.ts';
import { createImageCheck, parseImageId } from './image-check.ts';
import type { Pod, Workload } from './objects.ts';
import type { Place } from './place.ts';
import { isReady, listPods, livePods, podsOf, rolloutOf, statusOfContainer } from './pods.ts';
import { containerOf, kindOf, workloadPath } from './workload.ts';

/** A workload and its pods, read together. */
export interface Reading {
  readonly workload: Workload;
  /** Pods that are to stay, of any template. */
  readonly pods: readonly Pod[];
  /** Where the list of pods can be watched from. */
  readonly podsVersion: string | null;
  /** Our annotations, where they speak of the image that the template has now. */
  readonly own: OwnRecord | null;
  /** The server's own clock, milliseconds since 1970; null where it does not tell. */
  readonly serverTime: number | null;
}

type Asking = Pick<Ask, 'signal' | 'patientUntilMs'>;

/** Null where there is no such workload. */
export async function readWorkload(
  place: Place,
  asking: Asking,
): Promise<{ readonly workload: Workload; readonly serverTime: number | null } | null> {
  const { target } = place;
  const found = await askOrNull<Workload>(place, {
    verb: 'get',
    resource: kindOf(target).resource,
    path: workloadPath(target),
    ...asking,
  });
  return found === null ? null : { workload: found.value, serverTime: found.serverTime };
}

export async function readTarget(place: Place, asking: Asking): Promise<Reading | null> {
  const found = await readWorkload(place, asking);
  if (found === null) return null;
  const { workload, serverTime } = found;
  const pods = await listPods(place, workload, asking);
  return {
    workload,
    pods: livePods(pods.items),
    podsVersion: pods.metadata.resourceVersion ?? null,
    own: ownOf(place, workload),
    serverTime,
  };
}

/** Somebody may have changed the image since: then what we wrote speaks of another one. */
export function ownOf({ target }: Place, workload: Workload): OwnRecord | null {
  const own = readOwn(workload.metadata.annotations ?? {});
  const image = containerOf(target, workload)?.image ?? null;
  const isSame = own !== null && own.rollout === rolloutOf(workload) && own.image === image;
  return isSame && own.service === target.service ? own : null;
}

/**
 * The digest that pods of the newest template run. Of one that is not ours, or that pods disagree about, only what they
 * all run counts. Null where it is not known: no pod has begun, or they run different ones.
 */
export async function runningDigest(place: Place, reading: Reading, signal: AbortSignal): Promise<Digest | null> {
  const { own, workload } = reading;
  const pods = podsOf(reading.pods, rolloutOf(workload));
  const ready = pods.filter(isReady);
  const ids = new Set(
    (ready.length > 0 ? ready : pods).flatMap((pod) => statusOfContainer(pod, place.target.container)?.imageID ?? []),
  );
  ids.delete('');
  if (ids.size === 0) return null;
  if (own !== null && (await areAll(place, { own, ids, signal }))) return own.digest;
  const digests = new Set([...ids].map((id) => parseImageId(id)?.digest ?? ''));
  const [only = ''] = digests;
  return digests.size === 1 && isDigest(only) ? only : null;
}

async function areAll(
  place: Place,
  { own, ids, signal }: { own: OwnRecord; ids: ReadonlySet<string>; signal: AbortSignal },
): Promise<boolean> {
  const { number, commit, digest } = own;
  const reference = { ...place.target.repository, tag: null, digest };
  const check = createImageCheck(place, { number, commit, digest, reference }, signal);
  for (const id of ids) if ((await check(id)).kind !== 'same') return false;
  return true;
}
