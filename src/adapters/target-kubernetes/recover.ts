import { messageOf } from '../../errors/xgen-error.ts';
import { withDigest } from '../../values/image-reference.ts';
import { parseJson } from '../proven-entries.ts';
import { readOwn, type OwnRecord } from './annotations.ts';
import { isOwnerAlive } from './owner.ts';
import { createImageCheck } from './image-check.ts';
import type { Workload } from './objects.ts';
import type { Place } from './place.ts';
import { isReady, podsOf, statusOfContainer } from './pods.ts';
import { note, provenList } from './note.ts';
import { ownOf, readTarget, readWorkload, type Reading } from './reading.ts';
import { revertRollout } from './revert.ts';
import { readBefore } from './snapshot.ts';
import { progressOf } from './workload.ts';

/**
 * What a killed rollout left: where the cluster finished it by itself and it runs what was pushed, that is noted; else
 * what ran before is brought back. A rollout whose process may still be at work is left alone.
 */
export async function recoverTarget(place: Place, signal: AbortSignal): Promise<void> {
  const found = await readWorkload(place, { signal });
  if (found === null) return;
  const own = readOwn(found.workload.metadata.annotations ?? {});
  if (own?.state !== 'pending' || ownOf(place, found.workload) === null) return;
  if (isOwnerAlive(place, { own, ...found })) return;
  const { env } = place.target;
  const reading = await readTarget(place, { signal });
  if (reading === null) return;
  if (await isDone(place, { own, reading, signal })) {
    place.tools.logger.warn({ env, rollout: own.rollout }, 'a killed rollout was finished by the cluster');
    await note(place, { ...own, state: 'proven', proven: provenList(place, own, reading.workload) }, reading.workload);
    return;
  }
  place.tools.logger.warn({ env, rollout: own.rollout }, 'bringing back what ran before a killed rollout');
  await bringBack(place, { own, workload: reading.workload, signal });
}

/** What cannot be brought back is noted and no longer under way: the rollout that follows may be the cure. */
async function bringBack(
  place: Place,
  { own, workload, signal }: { own: OwnRecord; workload: Workload; signal: AbortSignal },
): Promise<void> {
  const before = readBefore(parseJson(own.before));
  try {
    if (before !== null) {
      await revertRollout(place, { before, signal });
      return;
    }
  } catch (error) {
    signal.throwIfAborted();
    place.tools.logger.warn({ error: messageOf(error) }, 'what ran before a killed rollout could not be brought back');
  }
  const proven = readOwn(workload.metadata.annotations ?? {})?.proven ?? [];
  await note(place, { ...own, state: 'failed', proven }, workload);
}

async function isDone(
  place: Place,
  { own, reading, signal }: { own: OwnRecord; reading: Reading; signal: AbortSignal },
): Promise<boolean> {
  const { target } = place;
  const progress = progressOf(target, reading.workload);
  const pods = podsOf(reading.pods, own.rollout);
  if (!progress.isComplete || pods.length === 0 || !pods.every(isReady)) return false;
  const { number, commit, digest } = own;
  const check = createImageCheck(
    place,
    { number, commit, digest, reference: withDigest(target.repository, digest) },
    signal,
  );
  const verdicts = await Promise.all(
    pods.map(async (pod) => check(statusOfContainer(pod, target.container)?.imageID ?? '')),
  );
  return verdicts.every(({ kind }) => kind === 'same');
}
