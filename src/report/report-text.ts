import type { BuildResult } from '../ports/result.ts';
import { durationText } from './format.ts';
import { headline } from './report-headline.ts';
import { rolloutLine } from './report-rollouts.ts';
import { adviceOf } from './report-advice.ts';
import { foldWords, oneLine, padWidth, widthOf } from './terminal-text.ts';

const LABEL_WIDTH = 13;
/** Below this many columns a value may go beyond the window. */
const NARROWEST_VALUE = 20;

export interface ReportOptions {
  /** Columns of the terminal; without one lines are as long as they are. */
  readonly width?: number;
  /** The error stands right above already, with its evidence. */
  readonly isErrorShown?: boolean;
}

/**
 * The end of a build in words, for standard output: what was made, what runs where now, what to paste to go back, and
 * after a failure what to do next. Nothing that was not proven to run is said to run. Sentences are folded at `width`;
 * commands, images and digests are never broken, because they are there to be copied. Ends with a line break.
 */
export function reportText(result: BuildResult, options: ReportOptions = {}): string {
  const { width = Number.POSITIVE_INFINITY, isErrorShown = false } = options;
  const labels: readonly (readonly [label: string, value: string])[] = [
    ...facts(result),
    ...result.rollouts.map((rollout) => [rollout.env, rolloutLine(rollout, result)] as const),
    ...result.warnings.map((warning) => ['warning', warning] as const),
    ...(isErrorShown ? [] : problem(result)),
  ];
  const lines = [
    ...foldWords(`${headline(result)} (${durationText(result.durationMs)})`, width),
    '',
    ...labels.flatMap(([label, value]) => labeled({ label, value, width })),
    ...adviceOf(result).flatMap(({ title, commands }) => [
      '',
      ...foldWords(commands.length === 0 ? title : `${title}:`, width),
      ...commands.map((command) => `  ${oneLine(command)}`),
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
    ['reason', result.reason === '' ? null : result.reason],
    ['infra', result.infra.dirty ? `${result.infra.commit ?? 'unknown'} with changes that are not committed` : null],
  ];
  return all.flatMap(([label, value]) => (value === null ? [] : [[label, value] as const]));
}

function problem({ error }: BuildResult): readonly (readonly [label: string, value: string])[] {
  if (error === null) return [];
  const hint = error.hint === null ? [] : [['hint', error.hint] as const];
  return [['error', `${error.code}: ${error.message}`], ...hint];
}

/** A label and its value beside it; a value of one word that has no room there stands alone on the next line. */
function labeled({ label, value, width }: { label: string; value: string; width: number }): readonly string[] {
  const text = oneLine(value);
  const name = oneLine(label);
  const room = Math.max(NARROWEST_VALUE, width - LABEL_WIDTH);
  if (!text.includes(' ') && widthOf(text) > room) return [name, `  ${text}`];
  const lines = foldWords(text, room);
  return lines.map((line, index) => `${padWidth(index === 0 ? name : '', LABEL_WIDTH - 1)} ${line}`);
}
