import { checkTargets, type CheckedTarget } from '../pipeline/check-targets.ts';
import type { StageContext } from '../pipeline/context.ts';
import { imageToRetag, retag } from '../pipeline/retag.ts';
import { chooseRollbacks } from '../pipeline/roll-back.ts';
import { rollOut } from '../pipeline/rollout.ts';
import { nameOf } from '../pipeline/rollout-text.ts';
import { runStage } from '../pipeline/stage.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetImage, TargetPlan } from '../ports/target.ts';
import type { BodyResult } from './rollout-body.ts';

export interface RollbackOptions {
  /** Null: in each environment the last one that ran well there. */
  readonly to: number | null;
  /** Moves the moving tag, which these environments follow, in the place of a digest in the target; null: it does not. */
  readonly retag?: { readonly followers: readonly string[] } | null;
  readonly provingTargets?: readonly TargetPlan[];
}

/**
 * Brings back what ran well before, proven by its digest like any rollout.
 * Throws NOTHING_TO_ROLL_BACK, IMAGE_MISSING, USAGE (see `imageToRetag`) and what the check of the targets throws.
 */
export async function rollbackBody(
  context: StageContext,
  plan: BuildPlan,
  { to, retag: tag = null, provingTargets = [] }: RollbackOptions,
): Promise<BodyResult> {
  const { ports, signal } = context;
  const { checked, images } = await runStage(context, 'check', async () => {
    const targets = await checkTargets({ plan, ports, signal });
    const chosen = await chooseRollbacks({ plan, ports, targets: targets.targets, to, signal });
    if (tag !== null) imageToRetag(plan, [...chosen.values()]);
    const detail = targets.targets.map((target) => stepText(target, chosen)).join(', ');
    return { value: { checked: targets, images: chosen }, detail };
  });
  if (tag !== null) await retag(context, plan, { ...tag, image: imageToRetag(plan, [...images.values()]) });
  const image = ({ target }: CheckedTarget): TargetImage => {
    const chosen = images.get(target.env);
    if (chosen === undefined) throw new TypeError(`no image was chosen for ${target.env}`);
    return chosen;
  };
  // A digest that runs already is no tag: only a rollout makes the target follow the tag that was moved.
  const rollouts = await rollOut({ plan, context, checked, image, provingTargets, anew: tag !== null });
  const { number, digest, commit, reference } = oneOf([...images.values()]);
  const steps = checked.targets.map((target) => stepText(target, images));
  const reason = `goes back: ${steps.join(', ')}`;
  const repository = reference === null ? {} : { repository: { host: reference.host, path: reference.path } };
  return { rollouts, number, digest, commit, reason, ...repository };
}

/** What all environments go back to; nothing where they do not go back to the same. */
function oneOf(images: readonly TargetImage[]): TargetImage | typeof NO_IMAGE {
  const [first, ...others] = images;
  return first !== undefined && others.every(({ digest }) => digest === first.digest) ? first : NO_IMAGE;
}

const NO_IMAGE = { number: null, digest: null, commit: null, reference: null } as const;

/** `dev b42 → b41` */
function stepText({ target, state }: CheckedTarget, images: ReadonlyMap<string, TargetImage>): string {
  const image = images.get(target.env);
  const to = image === undefined ? '?' : nameOf(image);
  const isKnown = state.status === 'present' && state.digest !== null;
  return `${target.env} ${isKnown ? nameOf({ number: state.number, digest: state.digest }) : '?'} → ${to}`;
}
