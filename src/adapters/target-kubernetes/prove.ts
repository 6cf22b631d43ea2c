import { AbortReason } from '../../errors/abort-reason.ts';
import { messageOf } from '../../errors/xgen-error.ts';
import type { RolloutOrder, RolloutProof } from '../../ports/target.ts';
import { readOwn } from './annotations.ts';
import type { Applied } from './apply.ts';
import { failureError } from './evidence.ts';
import { followRollout, type Followed } from './follow.ts';
import { createImageCheck } from './image-check.ts';
import type { Workload } from './objects.ts';
import { note, provenList } from './note.ts';
import type { Place } from './place.ts';
import { rolloutOf } from './pods.ts';
import { trackerOf } from './read-state.ts';
import { ownOf, readWorkload } from './reading.ts';
import { workloadMissing } from './snapshot.ts';

/** Proves what `applied` began; without it, what is there already. */
export async function proveRollout(place: Place, order: RolloutOrder, applied: Applied | null): Promise<RolloutProof> {
  return applied === null ? proveThere(place, order) : proveApplied(place, order, applied);
}

async function proveThere(place: Place, order: RolloutOrder): Promise<RolloutProof> {
  const { signal } = order;
  const workload = (await readWorkload(place, { signal }))?.workload ?? null;
  if (workload === null) throw workloadMissing(place.target);
  const end = await followRollout(place, followOf(place, order, { workload, podsVersion: null }));
  if (end.kind === 'failed') throw await failureError(place, end.failure, signal);
  return proofOf(order, end, []);
}

async function proveApplied(place: Place, order: RolloutOrder, applied: Applied): Promise<RolloutProof> {
  let end: Followed;
  try {
    end = await followRollout(place, followOf(place, order, applied));
    if (end.kind === 'failed') throw await failureError(place, end.failure, order.signal);
  } catch (error) {
    // Told to stop it goes back, and then that is noted.
    if (!(error instanceof AbortReason)) await noteFailed(place, applied);
    throw error;
  }
  const noted = await noteProven(place, order, { applied, workload: end.workload });
  const said = applied.said === null ? [] : [applied.said];
  const warnings = [...noted, ...trackerWarnings(place, order, { applied, workload: end.workload })];
  return { ...proofOf(order, end, said), warnings };
}

function followOf(
  place: Place,
  order: RolloutOrder,
  { workload, podsVersion }: { workload: Workload; podsVersion: string | null },
) {
  return {
    workload,
    rollout: rolloutOf(workload),
    podsVersion,
    check: createImageCheck(place, order.image, order.signal),
    timeoutMs: order.target.timeoutMs,
    onStep: order.onStep,
    signal: order.signal,
  };
}

function proofOf(
  order: RolloutOrder,
  end: Extract<Followed, { kind: 'proven' }>,
  said: readonly string[],
): RolloutProof {
  const { replicas } = end;
  const pods = replicas === 1 ? '1 pod is ready' : `${String(replicas)} pods are ready`;
  return { digest: order.image.digest, replicas, detail: [pods, ...said].join(', ') };
}

/** From here on it is what a rollback goes back to. The proof stands where it cannot be written down: that is said. */
async function noteProven(
  place: Place,
  order: RolloutOrder,
  { applied, workload }: { applied: Applied; workload: Workload },
): Promise<readonly string[]> {
  const proven = provenList(place, applied.own, workload);
  try {
    await note(place, { ...applied.own, state: 'proven', proven }, workload);
    return [];
  } catch (error) {
    return [`${order.target.env}: it runs and was proven, which could not be noted there: ${messageOf(error)}`];
  }
}

/** What was left as it is did not go well: nobody takes it for something to go back to, or for a rollout under way. */
async function noteFailed(place: Place, applied: Applied): Promise<void> {
  try {
    const signal = AbortSignal.timeout(30_000);
    const workload = (await readWorkload(place, { signal }))?.workload ?? null;
    if (workload === null || ownOf(place, workload)?.rollout !== applied.rollout) return;
    const proven = readOwn(workload.metadata.annotations ?? {})?.proven ?? [];
    await note(place, { ...applied.own, state: 'failed', proven }, workload);
  } catch (error) {
    place.tools.logger.debug({ error: String(error) }, 'that it failed could not be noted');
  }
}

/** What Argo CD will do to it, said while it still runs. */
function trackerWarnings(
  place: Place,
  order: RolloutOrder,
  { applied, workload }: { applied: Applied; workload: Workload },
): readonly string[] {
  const tracker = trackerOf(place, workload);
  const { image } = applied.own;
  if (tracker === null || tracker.image === image || !image.includes('@')) return [];
  const { env, service, site } = order.target;
  const { number } = order.image;
  const to = number === null ? '' : ` --to b${String(number)}`;
  const back = tracker.image === null ? 'the image of its source' : tracker.image;
  return [
    `${env}: ${tracker.name} tracks ${order.target.deployment}: its next sync puts ${back} back in the place of ${image}; xgen-build rollback ${service} --site ${site} --env ${env}${to} --retag moves the tag instead`,
  ];
}
