import { messageOf, RolloutError } from '../errors/xgen-error.ts';
import { checkTargets, type CheckedTargets } from '../pipeline/check-targets.ts';
import type { StageContext } from '../pipeline/context.ts';
import { requireInRegistry } from '../pipeline/roll-back.ts';
import { rollOut } from '../pipeline/rollout.ts';
import { nameOf } from '../pipeline/rollout-text.ts';
import { runStage } from '../pipeline/stage.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { SourceCommit } from '../ports/sources.ts';
import type { TargetImage, TargetPlan, TargetState } from '../ports/target.ts';
import { withDigest } from '../values/image-reference.ts';
import { countText as countOf } from '../report/format.ts';
import type { BodyResult } from './rollout-body.ts';

export interface PromoteOptions {
  /** Where the image was proven; the plan's targets are where it goes to. */
  readonly from: TargetPlan;
}

/**
 * Rolls out what runs well in one environment to others, by its digest and without a build, with the commits between.
 * Throws NOT_PROVEN, IMAGE_MISSING and what the check of the targets throws.
 */
export async function promoteBody(
  context: StageContext,
  plan: BuildPlan,
  { from }: PromoteOptions,
): Promise<BodyResult> {
  const { ports, signal } = context;
  const { checked, image, commits } = await runStage(context, 'check', async () => {
    const [targets, state] = await Promise.all([
      checkTargets({ plan, ports, signal }),
      ports.targets(from.kind).inspect(from, signal),
    ]);
    const proven = provenImage(from, state);
    const [between] = await Promise.all([
      commitsOf({ context, plan, targets, image: proven }),
      requireInRegistry(imageIn(plan, proven), { plan, ports, signal }),
    ]);
    return {
      value: { checked: targets, image: proven, commits: between },
      detail: `${nameOf(proven)} is proven in ${from.env}${countText(between, plan)}`,
    };
  });
  for (const { commit, subject } of commits ?? []) {
    const text = `${commit.slice(0, 7)} ${subject}\n`;
    context.emit({ kind: 'log', stage: 'check', step: 0, stream: 'stdout', text });
  }
  const rollouts = await rollOut({ plan, context, checked, image, provingTargets: [from] });
  const { number, digest, commit } = image;
  return {
    rollouts,
    number,
    digest,
    commit,
    reason: `promotes ${nameOf(image)} from ${from.env}${countText(commits, plan)}`,
  };
}

/** The image that runs in an environment and was proven there. Throws NOT_PROVEN. */
export function provenImage(from: TargetPlan, state: TargetState): Omit<TargetImage, 'reference'> {
  const { env, service, site, deployment } = from;
  const isWell = state.status === 'present' && state.running && state.isProven && state.site === site;
  if (isWell && state.digest !== null) return { number: state.number, commit: state.commit, digest: state.digest };
  throw new RolloutError({
    code: 'NOT_PROVEN',
    message: `${env}: nothing of ${deployment} can be promoted: ${whyNot(from, state)}`,
    hint: `roll out there first: xgen-build deploy ${service} --site ${site} --env ${env}`,
    facts: { env, service, site },
  });
}

function whyNot({ site }: TargetPlan, state: TargetState): string {
  if (state.status === 'missing') return 'it is not there';
  if (state.site === null) return 'it is not known whose image runs there';
  if (state.site !== site) return `it runs the site ${state.site}`;
  return state.running ? 'what runs there was not rolled out and proven by xgen-build' : 'it does not run';
}

function imageIn(plan: BuildPlan, image: Omit<TargetImage, 'reference'>): TargetImage {
  const { registry, repository } = plan.image;
  return { ...image, reference: withDigest({ host: registry.host, path: repository }, image.digest) };
}

/** What the first target gains; null where it cannot be told, which must not keep anybody from promoting. */
async function commitsOf(parts: {
  context: StageContext;
  plan: BuildPlan;
  targets: CheckedTargets;
  image: Omit<TargetImage, 'reference'>;
}): Promise<readonly SourceCommit[] | null> {
  const { context, plan, targets, image } = parts;
  const [first] = targets.targets;
  const from = first?.state.status === 'present' ? first.state.commit : null;
  if (from === null || image.commit === null) return null;
  if (from === image.commit) return [];
  const { ports, signal } = context;
  try {
    return await ports.sources.commitsBetween({ source: plan.source, from, to: image.commit, signal });
  } catch (error) {
    signal.throwIfAborted();
    const message = `the commits between are not known: ${messageOf(error)}`;
    context.emit({ kind: 'warning', stage: 'check', message });
    return null;
  }
}

function countText(commits: readonly SourceCommit[] | null, { parameters }: BuildPlan): string {
  if (commits === null) return '';
  const where = `runs in ${parameters.env[0] ?? 'the target'}`;
  if (commits.length === 0) return `, the same source as ${where}`;
  return `, ${countOf(commits.length, 'commit')} more than ${where}`;
}
