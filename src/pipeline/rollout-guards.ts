import { RolloutError, UsageError } from '../errors/xgen-error.ts';
import type { InfraState } from '../ports/sources.ts';
import type { TargetPlan, TargetState } from '../ports/target.ts';

/**
 * A rollout never changes whose code runs.
 * Throws SITE_MISMATCH where another site's image runs, or it is not known whose, unless that is asked for.
 */
export function guardSite(target: TargetPlan, state: TargetState, switchSite: boolean): void {
  if (state.status === 'missing' || state.site === target.site || switchSite) return;
  const { env, deployment, site } = target;
  const runs = state.number === null ? state.image : `b${String(state.number)}`;
  throw new UsageError({
    code: 'SITE_MISMATCH',
    message:
      state.site === null
        ? `${env}: ${deployment} runs ${runs}, and it is not known which site's that is; asked for is ${site}`
        : `${env}: ${deployment} runs ${runs} of the site ${state.site}, and asked for is ${site}`,
    hint:
      state.site === null
        ? `if ${site} is to run there, repeat the command with --switch-site`
        : `for that site: --site ${state.site}; if ${site} is to take its place, repeat the command with --switch-site`,
    facts: { env, site, runs: state.site, image: state.image },
  });
}

/**
 * Where a workload that is not there is only worth a warning: in dev, and wherever a failed rollout is no more than that.
 * What is protected is never left out without a word.
 */
export function mayBeMissing(target: TargetPlan): boolean {
  return !target.protected && (target.env === 'dev' || target.onFailure === 'warn');
}

/** Throws DEPLOYMENT_MISSING where there is nothing to roll out to and the target cannot make it. */
export function guardMissing(target: TargetPlan, state: TargetState): void {
  if (state.status === 'present' || state.canCreate) return;
  throw new RolloutError({
    code: 'DEPLOYMENT_MISSING',
    message: `${target.env}: there is no ${target.workload} ${target.deployment} in ${target.namespace}`,
    hint: `create it first, or leave the environment out: services.${target.service}.environments`,
    facts: { env: target.env, deployment: target.deployment },
  });
}

/** Throws PROTECTED where a protected environment is asked for from an infra checkout that is not what was agreed on. */
export function guardProtected(targets: readonly TargetPlan[], infra: InfraState): void {
  const target = targets.find((candidate) => candidate.protected);
  if (target === undefined) return;
  const behind = infra.behind ?? 0;
  if (!infra.dirty && behind === 0) return;
  const why = infra.dirty
    ? 'the infra checkout has changes that are not committed'
    : `the infra checkout is ${String(behind)} commits behind its remote`;
  throw new UsageError({
    code: 'PROTECTED',
    message: `${target.env} is protected, and ${why}`,
    hint: infra.dirty ? 'commit them or put them away (git status), then run it again' : 'git pull, then run it again',
    facts: { env: target.env, dirty: infra.dirty, behind },
  });
}
