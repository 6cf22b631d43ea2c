import type { BuildResult } from '../ports/result.ts';
import { durationText } from './format.ts';
import { headline } from './report-headline.ts';
import { rolloutLine } from './report-rollouts.ts';
import { adviceOf } from './report-advice.ts';
import { oneLine, padWidth } from './terminal-text.ts';

const LABEL_WIDTH = 13;

/**
 * The end of a build in words, for standard output: what was made, what runs where now, what to paste to go back, and
 * after a failure what to do next. Nothing that was not proven to run is said to run. Ends with a line break.
 */
export function reportText(result: BuildResult): string {
  const lines = [
    `${headline(result)} (${durationText(result.durationMs)})`,
    '',
    ...facts(result).map(([label, value]) => labeled(label, value)),
    ...result.rollouts.map((rollout) => labeled(rollout.env, rolloutLine(rollout, result))),
    ...result.warnings.map((warning) => labeled('warning', warning)),
    ...problem(result),
    ...adviceOf(result).flatMap((advice) => [
      '',
      `${advice.title}:`,
      ...advice.commands.map((command) => `  ${oneLine(command)}`),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function facts(result: BuildResult): readonly (readonly [label: string, value: string])[] {
  const all: readonly (readonly [string, string | null])[] = [
    ['build image', result.buildImage],
    ['image', result.digest === null ? null : result.image],
    ['digest', result.digest],
    ['commit', result.commit],
    ['not built', result.built ? null : result.reason],
    ['infra', result.infra.dirty ? `${result.infra.commit ?? 'unknown'} with changes that are not committed` : null],
  ];
  return all.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const]));
}

function problem(result: BuildResult): readonly string[] {
  const { error } = result;
  if (error === null) return [];
  return [
    labeled('error', `${error.code}: ${error.message}`),
    ...(error.hint === null ? [] : [labeled('hint', error.hint)]),
  ];
}

function labeled(label: string, value: string): string {
  return `${padWidth(oneLine(label), LABEL_WIDTH - 1)} ${oneLine(value)}`;
}
