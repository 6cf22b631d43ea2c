import { randomUUID } from 'node:crypto';
import { RolloutError } from '../../errors/xgen-error.ts';
import type { RolloutOrder } from '../../ports/target.ts';
import {
  annotationKey,
  CHANGE_CAUSE,
  changeCause,
  templateAnnotations,
  writeOwn,
  type OwnRecord,
} from './annotations.ts';
import { statusOf } from './api-errors.ts';
import { lastWriter } from './interference.ts';
import type { Workload } from './objects.ts';
import { patchWorkload, type Change } from './patch.ts';
import type { Place } from './place.ts';
import { rolloutOf } from './pods.ts';
import { readWorkload } from './reading.ts';
import { templateHash, workloadMissing, type KubernetesSnapshot } from './snapshot.ts';
import { imageChangeText, wantedImage } from './wanted-image.ts';
import { templateText } from './workload.ts';

/** A change that the API server took, and what its rollout is known by. */
export interface Applied {
  readonly rollout: string;
  readonly own: OwnRecord;
  readonly workload: Workload;
  readonly template: string;
  /** Where the list of pods can be watched from; pods that were there then are not of this rollout. */
  readonly podsVersion: string | null;
  /** `was set to …, and is set back to latest-amd64`; null: nothing worth it. */
  readonly said: string | null;
}

const MOST_CONFLICTS = 10;
const MARGIN_MS = 60_000;

/**
 * Changes the workload in one request that carries who, what and why. It changes what was looked at or nothing: its
 * status moves on by itself, which is looked at again; a template that somebody else changed ends in ROLLOUT_BUSY.
 */
export async function applyRollout(
  place: Place,
  { order, snapshot, image: given }: { order: RolloutOrder; snapshot: KubernetesSnapshot; image?: string },
): Promise<Applied> {
  const image = given ?? (await wantedImage(place, order));
  const rollout = randomUUID();
  const startedAt = place.tools.clock.now().toISOString();
  const own = ownRecord(place, order, { image, rollout, startedAt, before: JSON.stringify(snapshot.before) });
  const { [annotationKey('proven')]: _kept, ...annotations } = writeOwn(order.target, own);
  const change: Change = {
    annotations: { ...annotations, [CHANGE_CAUSE]: changeCause(order) },
    template: templateAnnotations(order, { rollout, restartedAt: startedAt }),
    image,
  };
  order.onStep(`changing ${order.target.deployment}`);
  const workload = await patchWhatWasSeen(place, change, { order, snapshot, rollout });
  return {
    rollout,
    own,
    workload,
    template: templateText(workload),
    podsVersion: snapshot.podsVersion,
    said: imageChangeText(order, snapshot.image, image),
  };
}

function ownRecord(
  { tools }: Place,
  { target, image, startedBy }: RolloutOrder,
  made: Pick<OwnRecord, 'image' | 'rollout' | 'startedAt' | 'before'>,
): OwnRecord {
  return {
    service: target.service,
    site: target.site,
    number: image.number,
    commit: image.commit,
    digest: image.digest,
    startedBy,
    state: 'pending',
    owner: JSON.stringify(tools.identity),
    limitMs: target.timeoutMs + MARGIN_MS,
    proven: [],
    ...made,
  };
}

async function patchWhatWasSeen(
  place: Place,
  change: Change,
  { order, snapshot, rollout }: { order: RolloutOrder; snapshot: KubernetesSnapshot; rollout: string },
): Promise<Workload> {
  let { resourceVersion } = snapshot;
  for (let conflicts = 0; ; conflicts += 1) {
    order.signal.throwIfAborted();
    try {
      // Not cut short: a change that was asked for may happen anyway, and then nobody would know of it.
      return await patchWorkload(place, change, { signal: AbortSignal.timeout(60_000), resourceVersion });
    } catch (error) {
      if (statusOf(error) !== 409 || conflicts >= MOST_CONFLICTS) throw error;
    }
    const now = (await readWorkload(place, { signal: order.signal }))?.workload ?? null;
    if (now === null) throw workloadMissing(place.target);
    // The answer to an earlier try was lost on its way.
    if (rolloutOf(now) === rollout) return now;
    if (templateHash(now) !== snapshot.template) throw busy(place, now);
    resourceVersion = now.metadata.resourceVersion ?? '';
  }
}

function busy({ target }: Place, workload: Workload): RolloutError {
  return new RolloutError({
    code: 'ROLLOUT_BUSY',
    message: `${target.env}: ${lastWriter(workload)} changed ${target.deployment} in this very moment`,
    hint: 'run the command again',
    facts: { env: target.env },
  });
}
