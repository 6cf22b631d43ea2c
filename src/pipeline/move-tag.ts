import type { Manifest } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';
import { fingerprintOf, headTag, listTags, numberOf, pushError, putTag, type PushJob } from './push-job.ts';

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

interface SeenImage extends HeldImage {
  /** xgen-build made it. It may have no number for a moment, on its way from a lost one to the next. */
  readonly isBuilds: boolean;
}

/** Other builds give way in the end, each after a write or two; anybody else may go on for ever. */
const WRITES_AGAINST = { builds: 12, others: 3 } as const;

/** What to do about the moving tag. A higher number wins, whoever came later; without a number ours does. */
export function decideMove(state: {
  ours: HeldImage & { number: number };
  held: SeenImage | null;
  writes: number;
}): 'done' | 'leave' | 'write' | 'give-up' {
  const { ours, held, writes } = state;
  if (held?.digest === ours.digest) return 'done';
  if (held !== null && held.number !== null && held.number > ours.number) return 'leave';
  const limit = held?.isBuilds === true ? WRITES_AGAINST.builds : WRITES_AGAINST.others;
  return writes < limit ? 'write' : 'give-up';
}

/**
 * Moves the moving tag to the image by manifest PUT, and looks at it before and after. Ends only when the tag holds
 * this image or a newer build's. `known` is what the tag held before the push. Throws TAG_CONTESTED, PUSH_UNVERIFIED.
 */
export async function moveTag(
  job: PushJob,
  { number, manifest, known }: { number: number; manifest: Manifest; known: HeldImage | null },
): Promise<MovedTag> {
  const { movingTag } = job.plan.image;
  const ours = { number, digest: manifest.digest };
  const seen = new Map<Digest, SeenImage>([[ours.digest, { ...ours, isBuilds: true }]]);
  if (known !== null && known.digest !== ours.digest) {
    seen.set(known.digest, { ...known, isBuilds: known.number !== null });
  }
  for (let writes = 0; ;) {
    const digest = await headTag(job, movingTag);
    const held = digest === null ? null : seen.get(digest);
    if (digest !== null && held === undefined) {
      // Finding out what it is takes a while: the tag is looked at again before it is written.
      seen.set(digest, await seeImage(job, digest));
      continue;
    }
    const move = decideMove({ ours, held: held ?? null, writes });
    if (move === 'done') return { status: 'moved' };
    if (move === 'give-up') throw contested(job, ours.number, writes);
    if (move === 'leave' && held?.number != null) return { status: 'newer', number: held.number, digest: held.digest };
    await putTag(job, manifest, movingTag);
    writes += 1;
  }
}

async function seeImage(job: PushJob, digest: Digest): Promise<SeenImage> {
  const number = await numberOf(job, digest, await listTags(job));
  return { digest, number, isBuilds: number !== null || (await fingerprintOf(job, digest)) !== null };
}

function contested(job: PushJob, number: number, writes: number): Error {
  const { movingTag } = job.plan.image;
  return pushError(job, {
    code: 'TAG_CONTESTED',
    message: `${movingTag} was moved away ${writes} times while b${number} was written to it; b${number} itself is pushed`,
    hint: `find out who else pushes ${movingTag}, then run the command again`,
  });
}
