import type { Digest } from '../values/image-reference.ts';
import { copyTag, headTag, listTags, numberOf, pushError, stepAside, warn, type PushJob } from './push-job.ts';

/** What the moving tag holds in the end. */
export type MovedTag =
  | { readonly status: 'moved' }
  /** A newer build moved it first: the tag is left there. */
  | { readonly status: 'newer'; readonly number: number; readonly digest: Digest };

/** An image that a tag holds, with its number where it has one. */
export interface HeldImage {
  readonly digest: Digest;
  readonly number: number | null;
}

const WRITES = 3;

/** What to do about the moving tag. A higher number wins, whoever came later; without a number ours does. */
export function decideMove(state: {
  ours: HeldImage & { number: number };
  held: HeldImage | null;
  writes: number;
}): 'done' | 'leave' | 'write' | 'give-up' {
  const { ours, held, writes } = state;
  if (held?.digest === ours.digest) return 'done';
  if (held !== null && held.number !== null && held.number > ours.number) return 'leave';
  return writes < WRITES ? 'write' : 'give-up';
}

/**
 * Moves the moving tag to the image by manifest PUT, and looks at it before and after. Ends only when the tag holds
 * this image or a newer build's. `known` is what the tag held before the push. Throws TAG_CONTESTED, PUSH_UNVERIFIED.
 */
export async function moveTag(
  job: PushJob,
  { ours, known }: { ours: HeldImage & { number: number }; known: HeldImage | null },
): Promise<MovedTag> {
  const { movingTag } = job.plan.image;
  for (let writes = 0; ; writes += 1) {
    const held = await heldImage(job, { ours, known });
    const move = decideMove({ ours, held, writes });
    if (move === 'done') return { status: 'moved' };
    if (move === 'leave' && held !== null && held.number !== null) {
      warn(job, `${movingTag} stays at b${held.number}, which was pushed meanwhile and is newer than b${ours.number}`);
      return { status: 'newer', number: held.number, digest: held.digest };
    }
    if (move === 'give-up') throw contested(job, ours.number);
    if (writes > 0) await stepAside(job, ours.digest, writes);
    await copyTag(job, ours.digest, movingTag);
  }
}

async function heldImage(
  job: PushJob,
  { ours, known }: { ours: HeldImage; known: HeldImage | null },
): Promise<HeldImage | null> {
  const digest = await headTag(job, job.plan.image.movingTag);
  if (digest === null) return null;
  if (digest === ours.digest) return ours;
  return digest === known?.digest ? known : { digest, number: await numberOf(job, digest, await listTags(job)) };
}

function contested(job: PushJob, number: number): Error {
  const { movingTag } = job.plan.image;
  return pushError(job, {
    code: 'TAG_CONTESTED',
    message: `${movingTag} was moved away ${WRITES} times while b${number} was written to it; b${number} itself is pushed`,
    hint: `find out who else pushes ${movingTag}, then run the command again`,
  });
}
