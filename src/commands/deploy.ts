import { RolloutError, UsageError } from '../errors/xgen-error.ts';
import { checkTargets, type CheckedTarget, type CheckedTargets } from '../pipeline/check-targets.ts';
import type { StageContext } from '../pipeline/context.ts';
import { resolveDeployImage, type DeployImage } from '../pipeline/rollout-image.ts';
import type { RolloutImage } from '../pipeline/rollout-request.ts';
import { rollOut } from '../pipeline/rollout.ts';
import { nameOf } from '../pipeline/rollout-text.ts';
import { runStage } from '../pipeline/stage.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetPlan } from '../ports/target.ts';
import { parseImage, withDigest } from '../values/image-reference.ts';
import type { BodyResult } from './rollout-body.ts';

export interface DeployOptions {
  /** A build number; null: what the moving tag names. */
  readonly to: number | null;
  /** Restart what runs, with the same image. */
  readonly restart: boolean;
  /** Targets by which `requireProvenIn` can be answered. */
  readonly provingTargets?: readonly TargetPlan[];
}

/**
 * Rolls out an image that is in the registry, or restarts what runs.
 * Throws USAGE for both at once, IMAGE_MISSING, what the check of the targets throws, and DEPLOYMENT_MISSING for a
 * restart where nothing of ours runs.
 */
export async function deployBody(
  context: StageContext,
  plan: BuildPlan,
  { to, restart, provingTargets = [] }: DeployOptions,
): Promise<BodyResult> {
  refuseBoth({ to, restart });
  const { ports, signal } = context;
  const { checked, image } = await runStage<Choice>(context, 'check', async () => {
    const targets = await checkTargets({ plan, ports, signal });
    if (restart) {
      targets.targets.forEach((target) => whatRuns(target));
      return { value: { checked: targets, image: whatRuns }, detail: `restarts ${plan.service} with what runs` };
    }
    const found = await resolveDeployImage({ plan, to, registries: ports.registries, signal });
    return { value: { checked: targets, image: found }, detail: foundText(found) };
  });
  const rollouts = await rollOut({ plan, context, checked, image, restart, provingTargets });
  if (typeof image !== 'function') {
    const { number, digest, commit } = image;
    return { rollouts, number, digest, commit, reason: `deploys ${nameOf(image)}` };
  }
  const [first, ...others] = checked.targets.map((target) => whatRuns(target));
  const isOne = others.every(({ digest }) => digest === first?.digest);
  const { number = null, digest = null, commit = null } = (isOne ? first : null) ?? {};
  return { rollouts, number, digest, commit, reason: 'restarts what runs' };
}

/** `latest-amd64 is b42`, `b42-amd64 is in the registry` */
function foundText(found: DeployImage): string {
  const name = nameOf(found);
  return found.tag.startsWith(`${name}-`) ? `${found.tag} is in the registry` : `${found.tag} is ${name}`;
}

/** Two wishes at once are found out before a session begins. Throws USAGE. */
export function refuseBoth({ to, restart }: Pick<DeployOptions, 'to' | 'restart'>): void {
  if (!restart || to === null) return;
  throw new UsageError({
    code: 'USAGE',
    message: '--restart keeps the image that runs, and --to names another',
    hint: 'leave one of the two out',
  });
}

interface Choice {
  readonly checked: CheckedTargets;
  readonly image: DeployImage | typeof whatRuns;
}

function whatRuns({ target, state }: CheckedTarget): RolloutImage {
  const image = state.status === 'present' ? parseImage(state.image) : null;
  if (state.status === 'present' && state.digest !== null && image !== null) {
    const { number, commit, digest } = state;
    return { number, commit, digest, reference: withDigest(image, digest) };
  }
  const { env, deployment, service, site } = target;
  throw new RolloutError({
    code: 'DEPLOYMENT_MISSING',
    message: `${env}: nothing runs as ${deployment} that could be restarted`,
    hint: `roll an image out instead: xgen-build deploy ${service} --site ${site} --env ${env}`,
    facts: { env },
  });
}
