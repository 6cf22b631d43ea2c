import { FINGERPRINT_LABEL } from '../plan/labels.ts';
import type { BuildParameters } from '../ports/result.ts';
import type { ClaimedBuild } from '../ports/store.ts';
import type { Digest } from '../values/image-reference.ts';
import { highestNumber, isNumberTaken, numberTaken } from './number.ts';
import { copyTag, headTag, listTags, numberOf, pushError, stepAside, tagOf, warn, type PushJob } from './push-job.ts';

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
 * `write` puts the image under a tag and says its digest. Throws NUMBER_TAKEN for an explicit number, TAG_CONTESTED.
 */
export async function pushNumber(
  job: PushJob,
  image: { number: number; fingerprint: string; write: (tag: string) => Promise<Digest> },
): Promise<NumberedImage> {
  let { number } = image;
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const tag = tagOf(job, number);
    const [held, movingBefore, tags] = await Promise.all([
      headTag(job, tag),
      headTag(job, job.plan.image.movingTag),
      listTags(job),
    ]);
    if (held !== null && (await mayAdopt(job, number, image.fingerprint)))
      return { number, digest: held, adopted: true };
    if (held !== null || isNumberTaken(tags, number)) {
      number = await nextNumber(job, number);
      continue;
    }
    const digest = await image.write(tag);
    if (!(await lostRace(job, { number, digest, movingBefore }))) return { number, digest, adopted: false };
    await stepAside(job, digest, tried);
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
  written: { number: number; digest: Digest; movingBefore: Digest | null },
): Promise<boolean> {
  const { number, digest, movingBefore } = written;
  const { movingTag } = job.plan.image;
  const [after, moving] = await Promise.all([headTag(job, tagOf(job, number)), headTag(job, movingTag)]);
  if (after === null) {
    throw pushError(job, { code: 'PUSH_UNVERIFIED', message: `${tagOf(job, number)} is not there after its push` });
  }
  if (after !== digest) return true;
  if (moving === null || moving === movingBefore || moving === digest) return false;
  // Somebody finished a push meanwhile. An image of xgen-build that holds the moving tag and no number had ours.
  if ((await numberOf(job, moving, await listTags(job))) !== null) return false;
  if (!(await isBuiltByUs(job, moving))) return false;
  await copyTag(job, moving, tagOf(job, number));
  warn(job, `${tagOf(job, number)} was written by two builds at once; the first one's image is back`);
  return true;
}

async function isBuiltByUs(job: PushJob, digest: Digest): Promise<boolean> {
  return (await labelsOf(job, digest))?.[FINGERPRINT_LABEL] !== undefined;
}

async function mayAdopt(job: PushJob, number: number, fingerprint: string): Promise<boolean> {
  const { build } = job.context;
  const { parameters } = job.plan;
  if (!isSameBuild({ build, number, parameters })) return false;
  return (await labelsOf(job, tagOf(job, number)))?.[FINGERPRINT_LABEL] === fingerprint;
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

async function labelsOf(job: PushJob, reference: string): Promise<Readonly<Record<string, string>> | null> {
  const { client, plan, context } = job;
  const { repository } = plan.image;
  const get = { repository, reference, platform: plan.build.platform, signal: context.signal };
  return (await client.getConfig(get))?.labels ?? null;
}
