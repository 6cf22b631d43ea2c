import { TARGETS_NOT_BUILT_YET } from '../config/not-built-yet.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { BuildPlan } from './build-plan.ts';

/**
 * Throws NOT_BUILT_YET where the plan rolls out to a kind of target that this version does not serve. Such targets may
 * be configured, and be planned for: it is the rollout that cannot be done.
 */
export function requireBuiltTargets(plan: Pick<BuildPlan, 'targets'>): void {
  const unbuilt = plan.targets.filter((target) => TARGETS_NOT_BUILT_YET.includes(target.kind));
  const [first] = unbuilt;
  if (first === undefined) return;
  const names = unbuilt.map((target) => `${target.env} (${target.kind})`).join(', ');
  throw new UsageError({
    code: 'NOT_BUILT_YET',
    message: `this version cannot roll out to ${names}`,
    hint: `use --no-deploy to build and push only, or set environments.${first.env}.target: kubernetes or docker`,
    facts: { env: first.env, target: first.kind },
  });
}
