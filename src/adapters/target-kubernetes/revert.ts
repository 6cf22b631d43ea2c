import { randomUUID } from 'node:crypto';
import { messageOf, RolloutError } from '../../errors/xgen-error.ts';
import type { TargetImage } from '../../ports/target.ts';
import { parseImage, withDigest } from '../../values/image-reference.ts';
import { annotationKey, readOwn, RESTARTED_AT, CHANGE_CAUSE } from './annotations.ts';
import { statusOf } from './api-errors.ts';
import { failureError } from './evidence.ts';
import { followRollout } from './follow.ts';
import { createImageCheck } from './image-check.ts';
import { lastWriter } from './interference.ts';
import type { Workload } from './objects.ts';
import { patchWorkload, type Change } from './patch.ts';
import type { Place } from './place.ts';
import { isReady, rolloutOf, statusOfContainer } from './pods.ts';
import { ownOf, readTarget, readWorkload } from './reading.ts';
import { restored, workloadMissing, type Before } from './snapshot.ts';

const MOST_CONFLICTS = 10;

/**
 * Brings back what ran before: the template's image, by digest, and the annotations, in one change. It is proven like
 * any rollout. Resolves to true where it was, to false where nothing was ready before either. Nothing is tried twice.
 * Throws ROLLBACK_FAILED, which says what state things are in.
 */
export async function revertRollout(
  place: Place,
  { before, signal }: { before: Before; signal: AbortSignal },
): Promise<boolean> {
  try {
    const workload = await changeBack(place, before, signal);
    if (!before.wasReady) return false;
    await proveBack(place, { before, workload, signal });
    return true;
  } catch (error) {
    throw await rollbackFailed(place, before, error);
  }
}

/** Only what this program rolled out is taken back: what somebody else set meanwhile is theirs. */
async function changeBack(place: Place, before: Before, signal: AbortSignal): Promise<Workload> {
  for (let conflicts = 0; ; conflicts += 1) {
    const now = (await readWorkload(place, { signal }))?.workload ?? null;
    if (now === null) throw workloadMissing(place.target);
    const own = readOwn(now.metadata.annotations ?? {});
    // Nothing was changed yet: there is nothing to take back.
    if (rolloutOf(now) === before.rollout && own?.state !== 'pending') return now;
    if (ownOf(place, now) === null)
      throw new Error(`${lastWriter(now)} changed it meanwhile; it is left as they set it`);
    try {
      const resourceVersion = now.metadata.resourceVersion ?? null;
      return await patchWorkload(place, wayBack(before, now), { signal, resourceVersion });
    } catch (error) {
      if (statusOf(error) !== 409 || conflicts >= MOST_CONFLICTS) throw error;
    }
  }
}

/**
 * With its old annotations and an image by digest the template is the very one of before, and its pods still run. One
 * that was not ours, or went by a tag, becomes a new one, whose pods are known by an id of their own.
 */
function wayBack(before: Before, now: Workload): Change {
  const template = restored(before.template, now.spec.template.metadata?.annotations ?? {}, RESTARTED_AT);
  const annotations = restored(before.own, now.metadata.annotations ?? {}, CHANGE_CAUSE);
  const own = readOwn(before.own);
  if (before.rollout !== null && own !== null && own.image === before.image) {
    return { annotations, template, image: before.image };
  }
  const rollout = randomUUID();
  const ids = { [annotationKey('rollout')]: rollout };
  const known = own === null ? {} : { ...ids, [annotationKey('image')]: before.image };
  return { annotations: { ...annotations, ...known }, template: { ...template, ...ids }, image: before.image };
}

async function proveBack(
  place: Place,
  { before, workload, signal }: { before: Before; workload: Workload; signal: AbortSignal },
): Promise<void> {
  const image = imageOf(before);
  const end = await followRollout(place, {
    workload,
    rollout: rolloutOf(workload),
    podsVersion: null,
    // An image whose digest nobody knows can only be seen to be ready.
    check: image === null ? async () => Promise.resolve({ kind: 'same' }) : createImageCheck(place, image, signal),
    timeoutMs: place.target.timeoutMs,
    onStep: () => undefined,
    signal,
  });
  if (end.kind === 'failed') throw await failureError(place, end.failure, signal);
}

function imageOf({ image, digest }: Before): TargetImage | null {
  const named = parseImage(image);
  if (named === null || digest === null) return null;
  return { number: null, commit: null, digest, reference: withDigest(named, digest) };
}

async function rollbackFailed(place: Place, before: Before, cause: unknown): Promise<RolloutError> {
  const { env, deployment, namespace } = place.target;
  const prefix = `${env}: `;
  const why = messageOf(cause).startsWith(prefix) ? messageOf(cause).slice(prefix.length) : messageOf(cause);
  return new RolloutError({
    code: 'ROLLBACK_FAILED',
    message: `${env}: ${before.name} could not be brought back: ${why}; ${await stateText(place)}`,
    hint: `${stuckText(place)}look at it now: kubectl -n ${namespace} get pods; kubectl -n ${namespace} describe ${place.target.workload}/${deployment}`,
    facts: { env },
    cause,
  });
}

/** A StatefulSet replaces a broken pod only once somebody deletes it. */
function stuckText({ target }: Place): string {
  if (target.workload !== 'statefulset') return '';
  return `a StatefulSet keeps a broken pod until it is deleted: kubectl -n ${target.namespace} delete pod ${target.deployment}-N; `;
}

/** `the template names …; 1 pod runs … and is ready, 1 pod … waits (CrashLoopBackOff)` */
async function stateText(place: Place): Promise<string> {
  try {
    const reading = await readTarget(place, { signal: AbortSignal.timeout(10_000) });
    if (reading === null) return `${place.target.deployment} is not there any more`;
    const image = reading.workload.spec.template.spec.containers.find(
      ({ name }) => name === place.target.container,
    )?.image;
    const pods = reading.pods.map((pod) => {
      const status = statusOfContainer(pod, place.target.container);
      const id = status?.imageID ?? '';
      const digest = /sha256:[0-9a-f]{12}/.exec(id)?.[0] ?? 'no image yet';
      return `${isReady(pod) ? 'ready' : (status?.state?.waiting?.reason ?? 'not ready')} with ${digest}`;
    });
    const counts = [...Map.groupBy(pods, (text) => text)].map(([text, all]) => `${String(all.length)} ${text}`);
    return `the template names ${image ?? 'no image'}, pods: ${counts.length === 0 ? 'none' : counts.join(', ')}`;
  } catch {
    return 'what runs now is not known';
  }
}
