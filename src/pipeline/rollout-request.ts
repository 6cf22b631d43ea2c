import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetImage, TargetPlan } from '../ports/target.ts';
import { withDigest, type Digest, type ImageReference } from '../values/image-reference.ts';
import type { CheckedTarget, CheckedTargets } from './check-targets.ts';
import type { StageContext } from './context.ts';

/** An image to roll out. */
export interface RolloutImage {
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  /** As the target pulls it; by default the service's own repository there, by digest. */
  readonly reference?: ImageReference;
}

export interface RollOutRequest {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  readonly checked: CheckedTargets;
  /** One image for all targets, or one for each. */
  readonly image: RolloutImage | ((checked: CheckedTarget) => RolloutImage);
  /** Restarts what runs instead of replacing it; `image` then names what runs. */
  readonly restart?: boolean;
  /** Leaves a target alone where the image runs already and was proven there. */
  readonly keepsRunning?: boolean;
  /** Rolls out also where the image runs already: it may run under a name that the target is to let go of. */
  readonly anew?: boolean;
  /** Targets beside the plan's own, by which `requireProvenIn` can be answered. */
  readonly provingTargets?: readonly TargetPlan[];
}

export function imageOf(request: RollOutRequest, checked: CheckedTarget): TargetImage {
  const image = typeof request.image === 'function' ? request.image(checked) : request.image;
  const { number, commit, digest } = image;
  return { number, commit, digest, reference: image.reference ?? withDigest(checked.target.repository, digest) };
}
