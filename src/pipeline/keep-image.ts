import { AbortReason } from '../errors/abort-reason.ts';
import { numberTag, type BuildPlan } from '../plan/build-plan.ts';
import { formatImage, shortDigest } from '../values/image-reference.ts';
import type { Unchanged } from './check.ts';
import type { KeptImage } from './held-image.ts';
import { moveTag } from './move-tag.ts';
import { imageAt, pushedManifest, requireOwnership, type PushJob } from './push-job.ts';
import type { SessionContext } from './session.ts';
import { runStage } from './stage.ts';

/**
 * Nothing is built: the image that is there is the result. Its moving tag is put back where it points elsewhere.
 * Throws an AbortReason (superseded) where a newer build moved the tag meanwhile, TAG_CONTESTED, PUSH_UNVERIFIED.
 */
export async function keepImage(order: {
  plan: BuildPlan;
  context: SessionContext;
  unchanged: Unchanged;
}): Promise<KeptImage> {
  const { plan, context, unchanged } = order;
  const { kept } = unchanged;
  const { number, digest, commit, reason, fingerprint } = kept;
  const buildImage = formatImage(imageAt(plan, numberTag(number, plan.build.arch)));
  const image = formatImage(imageAt(plan, plan.image.movingTag));
  context.note({ number, digest, commit, reason, image, buildImage, built: false });
  if (kept.moving !== digest) await putBack({ plan, context, client: unchanged.client }, kept);
  if (!kept.isKnownHere) await context.ports.store.recordFacts(context.build, { commit, digest, fingerprint });
  return kept;
}

async function putBack(job: PushJob & { readonly context: SessionContext }, kept: KeptImage): Promise<void> {
  const { movingTag } = job.plan.image;
  const { number, digest, moving } = kept;
  await runStage(job.context, 'push', async () => {
    await requireOwnership(job);
    const moved = await moveTag(job, { number, manifest: await pushedManifest(job, digest), known: null });
    if (moved.status === 'newer') {
      const message = `b${String(moved.number)} was pushed meanwhile, and ${movingTag} is on it`;
      throw new AbortReason('superseded', message);
    }
    const was = moving === null ? 'was not there' : `was on sha256:${shortDigest(moving)}…`;
    return { value: undefined, detail: `${movingTag} is on b${String(number)} again, it ${was}` };
  });
}
