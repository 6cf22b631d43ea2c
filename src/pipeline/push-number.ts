import type { BuildParameters } from '../ports/result.ts';
import type { ClaimedBuild } from '../ports/store.ts';
import type { Digest } from '../values/image-reference.ts';
import { highestNumber, isNumberTaken, numberTaken } from './number.ts';
import {
  fingerprintOf,
  headTag,
  listTags,
  numberOf,
  pushedManifest,
  pushError,
  putTag,
  stepAside,
  tagOf,
  warn,
  type PushJob,
} from './push-job.ts';

import type { TagWrite } from './push-content.ts';

/** An image under its number. */
export interface NumberedImage {
  readonly number: number;
  readonly digest: Digest;
  /** True where the image was in the registry already, pushed by this very build before it crashed. */
  readonly adopted: boolean;
}

/** Every lost race has a winner, so ten builds that start together need at most ten. */
const TRIES = 20;

/**
 * Writes the image under its number, which is never taken from another: where the number exists, or a race for it is
 * lost, the next one is drawn. OCI registries have no conditional PUT, so a tag is looked at before and after.
 * `write` puts the image under a tag. Throws NUMBER_TAKEN for an explicit number, TAG_CONTESTED.
 */
export async function pushNumber(
  job: PushJob,
  image: {
    number: number;
    fingerprint: string;
    write: (tag: string) => Promise<TagWrite>;
    /** True for what an earlier try of this very build put there: it is written again. */
    isOurs: (digest: Digest) => Promise<boolean>;
  },
): Promise<NumberedImage> {
  let { number } = image;
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const tag = tagOf(job, number);
    const [held, movingBefore, tags] = await Promise.all([
      headTag(job, tag),
      headTag(job, job.plan.image.movingTag),
      listTags(job),
    ]);
    const isAgain = held !== null && (await image.isOurs(held));
    if (held !== null && !isAgain && (await mayAdopt(job, number, image.fingerprint)))
      return { number, digest: held, adopted: true };
    if (!isAgain && (held !== null || isNumberTaken(tags, number))) {
      number = await nextNumber(job, number);
      continue;
    }
    const written = await image.write(tag);
    if (written.status === 'written') {
      const { digest, wentOver } = written;
      if (!(await lostRace(job, { number, digest, wentOver, movingBefore }))) return { number, digest, adopted: false };
      await stepAside(job, digest, tried);
    }
    number = await nextNumber(job, number);
  }
  throw pushError(job, {
    code: 'TAG_CONTESTED',
    message: `${TRIES} numbers in a row were taken by others`,
    hint: 'several machines number builds of this service: let them share one state (XGEN_STATE_DIR or XGEN_DATABASE_URL)',
  });
}

/** Draws the number after one that turned out to be taken, above all that the registry holds by now. */
export async function nextNumber(job: PushJob, taken: number): Promise<number> {
  const { plan, context } = job;
  const highest = Math.max(highestNumber(await listTags(job)), taken);
  if (plan.image.number !== null) throw numberTaken(plan, plan.image.number, highest);
  const draw = { above: highest, floor: plan.image.numberFloor, exactly: null };
  const number = await context.ports.store.draw(context.build, draw);
  warn(job, `b${taken} belongs to another build; this one is b${number}`);
  context.emit({ kind: 'number-drawn', number });
  return number;
}

/**
 * Looks again after the write. True where another image is at the number now, or where ours went over one that was put
 * there in between: that one is brought back.
 */
async function lostRace(
  job: PushJob,
  written: { number: number; digest: Digest; wentOver: Digest | null; movingBefore: Digest | null },
): Promise<boolean> {
  const { number, digest, wentOver, movingBefore } = written;
  const { movingTag } = job.plan.image;
  const [after, moving] = await Promise.all([headTag(job, tagOf(job, number)), headTag(job, movingTag)]);
  if (after === null) {
    throw pushError(job, { code: 'PUSH_UNVERIFIED', message: `${tagOf(job, number)} is not there after its push` });
  }
  if (after !== digest) return true;
  if (wentOver !== null) return putBack(job, { number, ours: digest, theirs: wentOver });
  if (moving === null || moving === movingBefore || moving === digest) return false;
  // Somebody finished a push meanwhile. An image of xgen-build that holds the moving tag and no number had ours.
  if (!(await isWithoutNumber(job, moving))) return false;
  await stepAside(job, digest, 1);
  // It may be one that lost its number to another and is on its way to the next: then it has one by now.
  if (!(await isWithoutNumber(job, moving))) return false;
  return putBack(job, { number, ours: digest, theirs: moving });
}

/** Puts the image back that ours went over; not where the number is a third one's by now. */
async function putBack(
  job: PushJob,
  { number, ours, theirs }: { number: number; ours: Digest; theirs: Digest },
): Promise<true> {
  const tag = tagOf(job, number);
  const manifest = await pushedManifest(job, theirs);
  if ((await headTag(job, tag)) === ours) {
    await putTag(job, manifest, tag);
    warn(job, `${tag} was written by two builds at once; the first one's image is back`);
  }
  return true;
}

async function isWithoutNumber(job: PushJob, moving: Digest): Promise<boolean> {
  if ((await headTag(job, job.plan.image.movingTag)) !== moving) return false;
  if ((await numberOf(job, moving, await listTags(job))) !== null) return false;
  return (await fingerprintOf(job, moving)) !== null;
}

async function mayAdopt(job: PushJob, number: number, fingerprint: string): Promise<boolean> {
  const { build } = job.context;
  const { parameters } = job.plan;
  if (!isSameBuild({ build, number, parameters })) return false;
  return (await fingerprintOf(job, tagOf(job, number))) === fingerprint;
}

/** True where an image at the number can only be this very build's: it was taken over, and the image may be reused. */
export function isSameBuild(state: {
  build: Pick<ClaimedBuild, 'attempt' | 'number'>;
  number: number;
  parameters: Pick<BuildParameters, 'noCache' | 'rebuild'>;
}): boolean {
  const { build, number, parameters } = state;
  return build.attempt > 1 && build.number === number && !parameters.noCache && !parameters.rebuild;
}
