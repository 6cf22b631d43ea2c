import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuiltImage, Published } from '../ports/builder.ts';
import type { Login } from '../ports/credentials.ts';
import type { RegistryClient } from '../ports/registry.ts';
import type { Digest, ImageReference } from '../values/image-reference.ts';
import type { StageContext } from './context.ts';
import { moveTag, type HeldImage, type MovedTag } from './move-tag.ts';
import {
  headTag,
  imageAt,
  listTags,
  numberOf,
  numbersOf,
  say,
  pushError,
  requireOwnership,
  tagOf,
  warn,
  type PushJob,
} from './push-job.ts';
import { createContent } from './push-content.ts';
import { nextNumber, pushNumber, type NumberedImage } from './push-number.ts';
import { isImage } from './tag-watch.ts';
import { verifyPush } from './verify-push.ts';

export interface PushOrder {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  /** The registry of the plan, from `ports.registries.open(plan.image.registry)`. */
  readonly client: RegistryClient;
  readonly image: BuiltImage;
  /** The number that was drawn before the build. */
  readonly number: number;
  readonly fingerprint: string;
  /** The registry's login, for the engine; null where none is needed. */
  readonly login: Login | null;
  /** What earlier tries of this build wrote: found at the number, it is no other build's. Added to. */
  readonly written: Set<Digest>;
  /** True where a try failed before: it may have written without hearing so. */
  readonly isRetry: boolean;
}

export interface PushResult {
  /** May be another one than was drawn before the build: where that was taken meanwhile. */
  readonly number: number;
  readonly digest: Digest;
  readonly configDigest: Digest;
  /** By the moving tag. */
  readonly image: ImageReference;
  /** By its number. */
  readonly buildImage: ImageReference;
  readonly movingTag: MovedTag;
  readonly layersPushed: number;
  readonly layersTotal: number;
  readonly bytesPushed: number;
  /** True where the image was in the registry already, pushed by this build before it crashed. */
  readonly adopted: boolean;
  /** What the moving tag held before. */
  readonly previous: HeldImage | null;
}

/** How often a number that was lost after the moving tag had moved is replaced. */
const ROUNDS = 5;

/**
 * Pushes the image: bN first, then every blob of it is asked for, then the moving tag, then bN once more. Whoever else
 * writes the same tags, what is reported is what the registry holds in the end.
 * Throws what the client and `publish` throw, NUMBER_TAKEN, PUSH_UNVERIFIED, TAG_CONTESTED, or an AbortReason.
 */
export async function push(order: PushOrder): Promise<PushResult> {
  const job: PushJob = { plan: order.plan, context: order.context, client: order.client };
  const looking = previousImage(job);
  // Heard of below: bN is pushed meanwhile.
  looking.catch(() => undefined);
  const content = createContent(job, order);
  let { number } = order;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const numbered = await pushNumber(job, {
      number,
      fingerprint: order.fingerprint,
      write: content.write,
      isOurs: async (digest) => isOurs(job, order, digest),
    });
    const manifest = await content.read(numbered.digest);
    say(job, `${tagOf(job, numbered.number)}: asking for every layer`);
    const [configDigest, previous] = await Promise.all([verifyPush(job, manifest), looking]);
    await requireOwnership(job);
    say(job, job.plan.image.movingTag);
    const move = { number: numbered.number, manifest, known: previous };
    await moveTag(job, move);
    // The last look: who began to write one of the tags before it was ours has gone over it by now.
    const [held, movingTag, tags] = await Promise.all([
      headTag(job, tagOf(job, numbered.number)),
      moveTag(job, move),
      listTags(job),
    ]);
    if (held === numbered.digest) {
      warnOfNewer(job, { number: numbered.number, movingTag, tags });
      return resultOf({ order, numbered, configDigest, movingTag, previous, sent: content.sent() });
    }
    number = await nextNumber(job, numbered.number);
  }
  const message = `the number was written by another build, ${ROUNDS} times in a row`;
  throw pushError(job, { code: 'TAG_CONTESTED', message });
}

/** By its digest or, where the answer to the write was lost, by the image in it. */
async function isOurs(job: PushJob, { written, isRetry, image }: PushOrder, digest: Digest): Promise<boolean> {
  if (written.has(digest)) return true;
  return isRetry && isImage(job, { digest, imageId: image.id }).catch(() => false);
}

async function previousImage(job: PushJob): Promise<HeldImage | null> {
  const [digest, tags] = await Promise.all([headTag(job, job.plan.image.movingTag), listTags(job)]);
  return digest === null ? null : { digest, number: await numberOf(job, digest, tags) };
}

function resultOf(end: {
  order: PushOrder;
  numbered: NumberedImage;
  configDigest: Digest;
  movingTag: MovedTag;
  previous: HeldImage | null;
  sent: Pick<Published, 'layersPushed' | 'layersTotal' | 'bytesPushed'>;
}): PushResult {
  const { order, numbered, configDigest, movingTag, previous, sent } = end;
  const { plan, context, client } = order;
  const { layersPushed, layersTotal, bytesPushed } = sent;
  return {
    number: numbered.number,
    digest: numbered.digest,
    configDigest,
    image: imageAt(plan, plan.image.movingTag),
    buildImage: imageAt(plan, tagOf({ plan, context, client }, numbered.number)),
    movingTag,
    layersPushed,
    layersTotal,
    bytesPushed,
    adopted: numbered.adopted,
    // A build taken over after a crash may have moved the tag before: then it is no earlier image.
    previous: previous?.number === numbered.number ? null : previous,
  };
}

/**
 * Says which of two builds that were pushed side by side has the moving tag. Where it is this one, though the other is
 * newer, nothing tells whether the other's tag was the same (`--tag`): a person has to.
 */
function warnOfNewer(job: PushJob, pushed: { number: number; movingTag: MovedTag; tags: readonly string[] }): void {
  const { number, movingTag, tags } = pushed;
  const name = job.plan.image.movingTag;
  if (movingTag.status === 'newer') {
    warn(job, `${name} stays at b${movingTag.number}, which was pushed meanwhile and is newer than b${number}`);
    return;
  }
  const newest = numbersOf(job, tags)[0] ?? 0;
  if (newest > number) warn(job, `${name} is b${number} now; b${newest} is newer and was pushed meanwhile`);
}
