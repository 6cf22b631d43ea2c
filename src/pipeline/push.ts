import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildObserver, BuiltImage, Published } from '../ports/builder.ts';
import type { Login } from '../ports/credentials.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { withTag, type Digest, type ImageReference } from '../values/image-reference.ts';
import type { StageContext } from './context.ts';
import { moveTag, type HeldImage, type MovedTag } from './move-tag.ts';
import {
  copyTag,
  headTag,
  listTags,
  numberOf,
  pushError,
  requireOwnership,
  tagOf,
  warn,
  type PushJob,
} from './push-job.ts';
import { nextNumber, pushNumber, type NumberedImage } from './push-number.ts';
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
const NOTHING_SENT = { layersPushed: 0, layersTotal: 0, bytesPushed: 0 } as const;

/**
 * Pushes the image: bN first, then every blob of it is asked for, then the moving tag, then bN once more. Whoever else
 * writes the same tags, what is reported is what the registry holds in the end.
 * Throws what the client and `publish` throw, NUMBER_TAKEN, PUSH_UNVERIFIED, TAG_CONTESTED, or an AbortReason.
 */
export async function push(order: PushOrder): Promise<PushResult> {
  const job: PushJob = { plan: order.plan, context: order.context, client: order.client };
  const previous = await previousImage(job);
  const content = createContent(order, job);
  let { number } = order;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const numbered = await pushNumber(job, { number, fingerprint: order.fingerprint, write: content.write });
    content.know(numbered.digest);
    say(job, `${tagOf(job, numbered.number)}: asking for every layer`);
    const configDigest = await verifyPush(job, numbered.digest);
    await requireOwnership(job);
    say(job, job.plan.image.movingTag);
    const movingTag = await moveTag(job, { ours: numbered, known: previous });
    // The last look: a build that began to write this number before it was there would have gone over it by now.
    if ((await headTag(job, tagOf(job, numbered.number))) === numbered.digest) {
      return resultOf({ order, numbered, configDigest, movingTag, previous, sent: content.sent() });
    }
    number = await nextNumber(job, numbered.number);
  }
  const message = `the number was written by another build, ${ROUNDS} times in a row`;
  throw pushError(job, { code: 'TAG_CONTESTED', message });
}

/** The image's way into the registry: the first time by the engine, then by its manifest alone. */
function createContent(order: PushOrder, job: PushJob) {
  let sent: Published | null = null;
  let known: Digest | null = null;
  return {
    know: (digest: Digest) => {
      known = digest;
    },
    sent: () => sent ?? NOTHING_SENT,
    write: async (tag: string): Promise<Digest> => {
      await requireOwnership(job);
      say(job, tag);
      if (known !== null) {
        await copyTag(job, known, tag);
        return known;
      }
      sent = await order.image.publish(imageAt(order.plan, tag), order.login, observe(job, tag));
      known = sent.digest;
      return known;
    },
  };
}

async function previousImage(job: PushJob): Promise<HeldImage | null> {
  const [digest, tags] = await Promise.all([headTag(job, job.plan.image.movingTag), listTags(job)]);
  return digest === null ? null : { digest, number: await numberOf(job, digest, tags) };
}

function imageAt(plan: BuildPlan, tag: string): ImageReference {
  return withTag({ host: plan.image.registry.host, path: plan.image.repository }, tag);
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

function observe(job: PushJob, tag: string): BuildObserver {
  return {
    signal: job.context.signal,
    onProgress: (progress) => {
      if (progress.kind === 'warning') warn(job, progress.text);
      if (progress.kind !== 'transfer') return;
      const total = progress.totalBytes === null ? '' : ` of ${megabytes(progress.totalBytes)}`;
      say(job, `${tag}: ${megabytes(progress.doneBytes)}${total}`);
    },
  };
}

function say({ context }: PushJob, detail: string): void {
  context.emit({ kind: 'stage-progress', stage: 'push', detail });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
