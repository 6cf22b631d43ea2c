import { RolloutError, UsageError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetImage } from '../ports/target.ts';
import type { StageContext } from './context.ts';
import { nameOf } from './rollout-text.ts';
import { runStage } from './stage.ts';

/** The one image that the tag is to name. Throws USAGE where environments go back to different ones, or to another registry's. */
export function imageToRetag(plan: BuildPlan, images: readonly TargetImage[]): TargetImage {
  const [first, ...others] = images;
  const { registry, repository, movingTag } = plan.image;
  const isOne = first !== undefined && others.every(({ digest }) => digest === first.digest);
  if (!isOne) {
    throw new UsageError({
      code: 'USAGE',
      message: `${movingTag} can name one image, and the environments go back to different ones`,
      hint: 'name one environment (--env), or the build (--to bN)',
    });
  }
  const { host, path } = first.reference;
  if (path === repository && (host === registry.host || host === registry.pullHost)) return first;
  throw new UsageError({
    code: 'USAGE',
    message: `${nameOf(first)} is in ${host}/${path}, where ${movingTag} of ${registry.host}/${repository} cannot name it`,
    hint: 'go back without --retag, or name the registry: --registry local',
  });
}

/**
 * Moves the moving tag to an image that is in the registry, so that whatever follows the tag runs it: what Argo CD, or a
 * pod that is rescheduled, puts there then is the same. Those who follow are named first.
 * Throws IMAGE_MISSING and what the registry throws.
 */
export async function retag(
  context: StageContext,
  plan: BuildPlan,
  { image, followers }: { image: TargetImage; followers: readonly string[] },
): Promise<void> {
  const { registry, repository, movingTag } = plan.image;
  await runStage(context, 'retag', async () => {
    const { signal, ports } = context;
    const who = followers.length === 0 ? 'no environment follows it' : `followed by ${followers.join(', ')}`;
    context.emit({ kind: 'warning', stage: 'retag', message: followText(plan, { image, followers }) });
    const client = ports.registries.open(registry);
    const manifest = await client.getManifest(repository, image.digest, signal);
    if (manifest === null) throw missing(plan, image);
    await client.putManifest({ repository, reference: movingTag, manifest, signal });
    return { value: undefined, detail: `${movingTag} is ${nameOf(image)} now, ${who}` };
  });
}

function followText(
  { image: { movingTag } }: BuildPlan,
  { image, followers }: { image: TargetImage; followers: readonly string[] },
): string {
  const name = nameOf(image);
  if (followers.length === 0) return `${movingTag} is moved to ${name}; no environment follows it`;
  return `${movingTag} is moved to ${name}; ${followers.join(', ')} follow it: a pod that is rescheduled there runs ${name}`;
}

function missing(plan: BuildPlan, image: TargetImage): RolloutError {
  return new RolloutError({
    code: 'IMAGE_MISSING',
    message: `${nameOf(image)} is not in ${plan.image.registry.host}/${plan.image.repository} any more`,
    hint: `see what else ran well: xgen-build status ${plan.service} --site ${plan.site}`,
    facts: { service: plan.service, site: plan.site, digest: image.digest },
  });
}
