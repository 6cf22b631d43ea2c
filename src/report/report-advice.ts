import type { BuildResult, RolloutResult } from '../ports/result.ts';
import { shellWord } from '../values/shell-word.ts';

/** Commands to paste, and what they are for; without commands the title says it all. */
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
  if (result.status === 'superseded') return [];
  if (result.status === 'succeeded') return result.parameters.deploy ? [] : rollingOut(result);
  const again = deployCommand(result, missedIn(result));
  return [
    ...(again === null
      ? []
      : [{ title: `to roll out ${imageOf(result)} again, if the cause was not in it`, commands: [again] }]),
    ...(result.number === null ? [] : [{ title: 'the whole log', commands: [logCommand(result)] }]),
    ...(result.status === 'canceled' && again === null
      ? [{ title: 'to go on, type the same command again', commands: [] }]
      : []),
  ];
}

/** After `--no-deploy`. */
function rollingOut(result: BuildResult): readonly Advice[] {
  const command = deployCommand(result, result.parameters.env);
  return command === null ? [] : [{ title: 'to roll it out', commands: [command] }];
}

function imageOf({ number }: BuildResult): string {
  return number === null ? 'it' : `b${number}`;
}

/** The environments that did not get what was pushed. */
function missedIn({ rollouts }: BuildResult): readonly string[] {
  const missed = rollouts.filter(({ status }) => ['failed', 'rolled-back', 'not-started'].includes(status));
  return missed.map(({ env }) => env);
}

/** Rolls out what was pushed, without a second build. Options at their defaults are left out. */
function deployCommand(result: BuildResult, envs: readonly string[]): string | null {
  const { number, buildImage, service, site, parameters } = result;
  if (envs.length === 0 || number === null || buildImage === null) return null;
  return commandLine([
    'deploy',
    service,
    '--site',
    site,
    '--env',
    envs.join(','),
    '--to',
    `b${number}`,
    ...(parameters.arch === 'amd64' ? [] : ['--arch', parameters.arch]),
    ...(parameters.registry === 'nexus' ? [] : ['--registry', parameters.registry]),
    ...(parameters.switchSite ? ['--switch-site'] : []),
  ]);
}

/** A number is a build's own: what rolled an older one out is the newest of its service and site. */
function logCommand({ service, site, number, built, buildImage }: BuildResult): string {
  const isOwnNumber = built || buildImage === null;
  return commandLine(['logs', service, ...(isOwnNumber ? [`b${String(number)}`] : []), '--site', site]);
}

function commandLine(words: readonly string[]): string {
  return ['xgen-build', ...words].map((word) => shellWord(word)).join(' ');
}
