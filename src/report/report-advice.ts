import type { BuildResult, RolloutResult } from '../ports/result.ts';

/** Commands to paste, and what they are for. */
export interface Advice {
  readonly title: string;
  readonly commands: readonly string[];
}

/** What can be typed after a build: going back, and after a failure going on. */
export function adviceOf(result: BuildResult): readonly Advice[] {
  return [...result.rollouts.flatMap(goingBack), ...goingOn(result)];
}

/** Only where something may run that did not run before. */
function goingBack(rollout: RolloutResult): readonly Advice[] {
  if (rollout.rollbackCommand === null || !['succeeded', 'failed'].includes(rollout.status)) return [];
  const own = { title: `to go back in ${rollout.env} to what ran before`, commands: [rollout.rollbackCommand] };
  if (rollout.nativeRollbackCommand === null) return [own];
  return [own, { title: 'the same without xgen-build', commands: [rollout.nativeRollbackCommand] }];
}

function goingOn(result: BuildResult): readonly Advice[] {
  if (result.status === 'succeeded' || result.status === 'superseded') return [];
  const again = deployCommand(result);
  return [
    ...(again === null ? [] : [{ title: 'once it is mended', commands: [again] }]),
    ...(result.number === null
      ? []
      : [{ title: 'the whole log', commands: [`xgen-build logs ${result.service} b${result.number}`] }]),
    ...(result.status === 'canceled' && again === null
      ? [{ title: 'next', commands: ['the same command again'] }]
      : []),
  ];
}

/** Rolls out what was pushed to the environments that did not get it, without a second build. */
function deployCommand(result: BuildResult): string | null {
  const envs = result.rollouts
    .filter((rollout) => ['failed', 'rolled-back', 'not-started'].includes(rollout.status))
    .map((rollout) => rollout.env);
  if (envs.length === 0 || result.number === null || result.buildImage === null) return null;
  return `xgen-build deploy ${result.service} --site ${result.site} --env ${envs.join(',')} --to b${result.number}`;
}
