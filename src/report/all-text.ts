import type { BuildAllResult, BuildResult } from '../ports/result.ts';
import { durationText, listText } from './format.ts';
import { serviceOutcome } from './service-outcome.ts';
import { symbolOf } from './board-row.ts';
import { adviceOf } from './report-advice.ts';
import { styleOf } from './style.ts';
import { foldWords, oneLine, padWidth, widthOf } from './terminal-text.ts';

export interface AllTextOptions {
  /** Columns of the terminal; without one lines are as long as they are. */
  readonly width?: number;
  /** The board, with its errors, stands right above already. */
  readonly isBoardShown?: boolean;
}

/**
 * The end of build-all in words, for standard output: how each service ended, why, and what to paste to go on or back.
 * Commands are never broken. Ends with a line break.
 */
export function allText(result: BuildAllResult, options: AllTextOptions = {}): string {
  const { width = Number.POSITIVE_INFINITY, isBoardShown = false } = options;
  const sections = [
    foldWords(`${headlineOfAll(result)} (${durationText(result.durationMs)})`, width),
    ...(isBoardShown ? [] : [serviceLines(result)]),
    ...(isBoardShown ? [] : result.results.flatMap((one) => problemLines(one, width))),
    ...result.results.filter(isWorthAdvice).flatMap((one) => advice(one, width)),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** `unstable: 4 succeeded, 1 failed (xgen-frontend), 1 skipped (xgen-core)` */
export function headlineOfAll(result: BuildAllResult): string {
  const { status, succeeded, results } = result;
  const kept = results.filter(
    ({ built, status: one, buildImage }) => one === 'succeeded' && !built && buildImage !== null,
  );
  const all = succeeded.length === 0 ? [] : [`${String(succeeded.length)} succeeded${keptText(kept.length)}`];
  const others = (['unstable', 'failed', 'canceled', 'skipped'] as const).flatMap((name) => {
    const services = result[name];
    return services.length === 0 ? [] : [`${String(services.length)} ${name} (${listText(services)})`];
  });
  return `${status}: ${[...all, ...others].join(', ')}`;
}

function keptText(count: number): string {
  return count === 0 ? '' : ` (${String(count)} unchanged)`;
}

function serviceLines({ results, skipped, canceled }: BuildAllResult): readonly string[] {
  const plain = styleOf(false);
  const begun = results.map(({ service }) => service);
  const others = [...skipped, ...canceled].filter((service) => !begun.includes(service));
  const nameWidth = Math.max(...[...begun, ...others].map(widthOf));
  return [
    ...results.map((one) => {
      const name = padWidth(one.service, nameWidth);
      const time = durationText(one.durationMs);
      return oneLine(`${symbolOf(one.status, plain)} ${name}  ${serviceOutcome(one)}  ${time}`);
    }),
    ...others.map((service) => `- ${padWidth(service, nameWidth)}  was not begun`),
  ];
}

/** What is to be done about it, as far as the error says. */
function problemLines({ service, error }: BuildResult, width: number): readonly (readonly string[])[] {
  if (error === null || error.code === 'CANCELED') return [];
  const lines = foldWords(oneLine(`${service}: ${error.code}: ${error.message}`), width);
  return [[...lines, ...(error.hint === null ? [] : foldWords(oneLine(`  → ${error.hint}`), width))]];
}

/** What was left as it was needs no line to go back. */
function isWorthAdvice({ built, status, rollouts }: BuildResult): boolean {
  if (status === 'canceled') return false;
  return built || status !== 'succeeded' || rollouts.some(({ durationMs }) => durationMs > 0);
}

function advice(one: BuildResult, width: number): readonly (readonly string[])[] {
  return adviceOf(one).map(({ title, commands }) => [
    ...foldWords(`${one.service}: ${title}${commands.length === 0 ? '' : ':'}`, width),
    ...commands.map((command) => `  ${oneLine(command)}`),
  ]);
}
