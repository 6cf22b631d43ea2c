import type { BuildStatus, ErrorReport, RolloutResult, RolloutStatus } from '../ports/result.ts';
import type { TargetPlan } from '../ports/target.ts';

/**
 * What rollouts make of a build that was pushed. Failed: one that must not fail did, or one that was asked for was never
 * started. Unstable: one with `onFailure: warn` did not succeed, one was left out since nothing is there, or two environments are one place and nobody said
 * that they are meant to be (`sameAs`).
 */
export function statusOf(
  rollouts: readonly RolloutResult[],
  plan: { readonly targets: readonly TargetPlan[] },
): Extract<BuildStatus, 'succeeded' | 'unstable' | 'failed'> {
  const grades = rollouts.map((rollout) =>
    gradeOf(
      rollout,
      plan.targets.find(({ env }) => env === rollout.env),
    ),
  );
  if (grades.includes('failed')) return 'failed';
  return grades.includes('unstable') ? 'unstable' : 'succeeded';
}

/** The error that made the build fail or unstable: the first one. */
export function firstRolloutError(rollouts: readonly RolloutResult[]): ErrorReport | null {
  return rollouts.find(({ error }) => error !== null)?.error ?? null;
}

type Grade = 'succeeded' | 'unstable' | 'failed';

function gradeOf({ status, error }: RolloutResult, target: TargetPlan | undefined): Grade {
  const grades: Record<RolloutStatus, Grade> = {
    succeeded: 'succeeded',
    skipped: error === null ? 'succeeded' : 'unstable',
    exported: 'succeeded',
    'same-cluster': typeof target?.sameAs === 'string' ? 'succeeded' : 'unstable',
    failed: target?.onFailure === 'warn' ? 'unstable' : 'failed',
    'rolled-back': target?.onFailure === 'warn' ? 'unstable' : 'failed',
    'not-started': 'failed',
  };
  return grades[status];
}

/** How a command ends whose last stop were the rollouts. */
export function endOfRollouts(
  rollouts: readonly RolloutResult[],
  plan: { readonly targets: readonly TargetPlan[] },
): { readonly status: BuildStatus; readonly error: ErrorReport | null } {
  return { status: statusOf(rollouts, plan), error: firstRolloutError(rollouts) };
}
