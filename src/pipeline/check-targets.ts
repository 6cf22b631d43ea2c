import { messageOf, XgenError } from '../errors/xgen-error.ts';
import type { RolloutTarget, TargetPlan, TargetState } from '../ports/target.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { Ports } from './context.ts';
import { guardMissing, guardProtected, guardSite, mayBeMissing } from './rollout-guards.ts';

/** A target as it was found before the build. */
export interface CheckedTarget {
  readonly target: TargetPlan;
  /** Equal for targets that are the same place. */
  readonly identity: string;
  readonly state: TargetState;
  /** An environment before this one that turned out to be the same place: this one is not rolled out again. */
  readonly samePlaceAs: string | null;
}

export interface CheckedTargets {
  /** In the order in which they are rolled out. */
  readonly targets: readonly CheckedTarget[];
}

/**
 * Reads every target before anything is built, and brings back what killed rollouts left half done there.
 * Throws the first of what would make a rollout end badly: TARGET_UNREACHABLE, TARGET_FORBIDDEN, SITE_MISMATCH,
 * PROTECTED, CONFIG_INVALID, ROLLOUT_FAILED; DEPLOYMENT_MISSING for the first target, without which none is reached, unless it may be missing.
 */
export async function checkTargets(check: {
  readonly plan: BuildPlan;
  readonly ports: Pick<Ports, 'targets' | 'sources'>;
  readonly signal: AbortSignal;
}): Promise<CheckedTargets> {
  const { plan, ports, signal } = check;
  if (plan.targets.some((target) => target.protected)) {
    guardProtected(plan.targets, await ports.sources.infraState(plan.infraRoot));
  }
  const readings = await Promise.allSettled(
    plan.targets.map(async (target) => readTarget(ports.targets(target.kind), target, signal)),
  );
  signal.throwIfAborted();
  const failures = readings.flatMap((reading) => (reading.status === 'rejected' ? [reading.reason as unknown] : []));
  if (failures.length > 0) throw joinFailures(failures);
  const read = readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []));
  for (const { target, state } of read) guardSite(target, state, plan.parameters.switchSite);
  const [first] = read;
  if (first !== undefined && !mayBeMissing(first.target)) guardMissing(first.target, first.state);
  return { targets: markSamePlaces(read) };
}

/** Marks every target whose place an earlier one already is. */
export function markSamePlaces(read: readonly Omit<CheckedTarget, 'samePlaceAs'>[]): readonly CheckedTarget[] {
  return read.map((checked, index) => {
    const earlier = read.slice(0, index).find(({ identity }) => identity === checked.identity);
    return { ...checked, samePlaceAs: earlier?.target.env ?? null };
  });
}

async function readTarget(
  adapter: RolloutTarget,
  target: TargetPlan,
  signal: AbortSignal,
): Promise<Omit<CheckedTarget, 'samePlaceAs'>> {
  await adapter.recover(target, signal);
  const [identity, state] = await Promise.all([
    adapter.identity(target, signal),
    adapter.inspect(target, signal),
    adapter.check(target, signal),
  ]);
  return { target, identity, state };
}

/** The first failure; what else failed is told with it, so that it is mended in one go. */
function joinFailures(failures: readonly unknown[]): unknown {
  const [first, ...others] = failures;
  if (!(first instanceof XgenError) || others.length === 0) return first;
  const { code, message, hint, facts, evidence } = first;
  return new XgenError({
    code,
    message,
    hint,
    facts,
    evidence: [...evidence, ...others.map((other) => messageOf(other))],
    cause: first,
  });
}
