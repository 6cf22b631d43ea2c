import type { BuildResult, RolloutStatus } from '../ports/result.ts';
import { listText } from './format.ts';
import { oneLine } from './terminal-text.ts';

/** The first line of the report: the status and what it means for what runs. Without a full stop. */
export function headline(result: BuildResult): string {
  const what = `${result.service} of ${result.site}`;
  switch (result.status) {
    case 'succeeded':
    case 'unstable':
      return `${result.status}: ${what}, ${outcome(result)}`;
    case 'failed':
    case 'canceled':
      return `${result.status}${place(result)}: ${what}, ${outcome(result)}`;
    default:
      return `superseded: ${what}, a newer automatic build took its place`;
  }
}

function place(result: BuildResult): string {
  const stage = result.error?.stage ?? null;
  return stage === null ? '' : ` in ${oneLine(stage)}`;
}

/** What was achieved, in terms of what was proven; what came before it in a deployment is the rollouts' own lines. */
function outcome(result: BuildResult): string {
  const image = result.number === null ? 'the image' : `b${result.number}`;
  const achieved = [
    ...inEnvs('runs in', result, (status) => status === 'succeeded'),
    ...inEnvs('is exported for', result, (status) => status === 'exported'),
  ];
  const missed = inEnvs('not in', result, (status) => ['failed', 'rolled-back', 'not-started'].includes(status));
  if (achieved.length > 0) return [`${image} ${listText(achieved)}`, ...missed].join(', ');
  if (result.buildImage === null) return result.status === 'succeeded' ? 'nothing to do' : 'nothing new runs';
  const unproven = inEnvs('is not proven to run in', result, (status) => status === 'failed');
  return `${image} is in the registry, ${unproven[0] ?? 'was rolled out nowhere'}`;
}

function inEnvs(words: string, result: BuildResult, matches: (status: RolloutStatus) => boolean): readonly string[] {
  const envs = result.rollouts.filter((rollout) => matches(rollout.status)).map((rollout) => oneLine(rollout.env));
  return envs.length === 0 ? [] : [`${words} ${listText(envs)}`];
}
