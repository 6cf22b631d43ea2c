import type { BuildResult, RolloutStatus } from '../ports/result.ts';
import { listText } from './format.ts';
import { imageName } from './report-rollouts.ts';
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
export function outcome(result: BuildResult): string {
  const image = result.number === null ? 'the image' : `b${result.number}`;
  const achieved = achievedIn(result);
  const missed = inEnvs('not in', result, ['failed', 'rolled-back', 'not-started']);
  if (achieved.length > 0) return [...achieved, ...missed].join(', ');
  const why = [
    ...inEnvs('is not proven to run in', result, ['failed']),
    ...inEnvs('was rolled back in', result, ['rolled-back']),
    ...inEnvs('was not started in', result, ['not-started']),
  ];
  if (result.buildImage === null) {
    if (why.length > 0) return `${image} ${why.join(', ')}`;
    return result.status === 'succeeded' ? 'nothing to do' : 'nothing new runs';
  }
  const nowhere = result.parameters.deploy ? 'was rolled out nowhere' : 'was not rolled out (--no-deploy)';
  return [`${image} is in the registry`, ...(why.length === 0 ? [nowhere] : why)].join(', ');
}

/** `b42 runs in dev and prd`, a phrase per image: a rollback may bring another one to each environment. */
function achievedIn(result: BuildResult): readonly string[] {
  const proven = result.rollouts.filter(({ status }) => status === 'succeeded' || status === 'exported');
  const images = new Set(proven.map((rollout) => imageName(rollout, result)));
  return [...images].map((image) => {
    const rollouts = proven.filter((rollout) => imageName(rollout, result) === image);
    const where = [
      ...inEnvs('runs in', { rollouts }, ['succeeded']),
      ...inEnvs('is exported for', { rollouts }, ['exported']),
    ];
    return `${image} ${listText(where)}`;
  });
}

function inEnvs(
  words: string,
  { rollouts }: Pick<BuildResult, 'rollouts'>,
  statuses: readonly RolloutStatus[],
): readonly string[] {
  const envs = rollouts.filter(({ status }) => statuses.includes(status)).map(({ env }) => oneLine(env));
  return envs.length === 0 ? [] : [`${words} ${listText(envs)}`];
}
