import { formatImage, parseImage, withDigest } from '../../values/image-reference.ts';
import { withProven, type ProvenEntry } from '../proven-entries.ts';
import { readOwn, writeOwn, type OwnRecord } from './annotations.ts';
import { statusOf } from './api-errors.ts';
import type { Workload } from './objects.ts';
import { patchWorkload } from './patch.ts';
import type { Place } from './place.ts';
import { rolloutOf } from './pods.ts';
import { readWorkload } from './reading.ts';

const NOTE_MS = 30_000;
const MOST_CONFLICTS = 5;

/** Writes our annotations, as long as the workload is still about that rollout. Its status moves on by itself. */
export async function note(place: Place, own: OwnRecord, seen: Workload): Promise<void> {
  const signal = AbortSignal.timeout(NOTE_MS);
  let workload: Workload | null = seen;
  for (let conflicts = 0; workload !== null && rolloutOf(workload) === own.rollout; conflicts += 1) {
    try {
      const resourceVersion = workload.metadata.resourceVersion ?? null;
      await patchWorkload(place, { annotations: writeOwn(place.target, own) }, { signal, resourceVersion });
      return;
    } catch (error) {
      if (statusOf(error) !== 409 || conflicts >= MOST_CONFLICTS) throw error;
    }
    workload = (await readWorkload(place, { signal }))?.workload ?? null;
  }
}

/** The images that ran well, with the one of this rollout. */
export function provenList({ target }: Pick<Place, 'target'>, own: OwnRecord, workload: Workload): ProvenEntry[] {
  const { site, number, commit, digest, image } = own;
  const named = parseImage(image) ?? target.repository;
  const reference = formatImage(withDigest(named, digest));
  const list = readOwn(workload.metadata.annotations ?? {})?.proven ?? [];
  return withProven({ site, number, commit, digest, reference }, list);
}
