import type { StageStatus } from '../ports/result.ts';
import { durationText } from './format.ts';
import type { Style } from './style.ts';
import { fitWidth, oneLine, padWidth, widthOf } from './terminal-text.ts';

/** Up to here the durations are right-aligned; further out the eye would lose the line. */
const WIDEST_ALIGNMENT = 100;
/** `rollout dev` and two spaces. */
const NAME_WIDTH = 13;
/** Below this many columns names take only the room that they need. */
const NARROW = 60;
/** Fewer columns than this say nothing. */
const SHORTEST_DETAIL = 4;

/** A line of a stage: the running one or a finished one. */
export interface StageLine {
  readonly symbol: string;
  readonly name: string;
  readonly detail: string;
  /** Dimmed after the detail, as far as there is room: the last line of output. Empty: nothing. */
  readonly aside: string;
  /** Null: no time is shown. */
  readonly durationMs: number | null;
  readonly columns: number;
}

/** `✔ checkout     5d6e7f8 Fix session timeout      0.2s`, never wider than `columns`. Symbols take one column. */
export function stageLine(line: StageLine, style: Style): string {
  const duration = line.durationMs === null ? '' : ` ${durationText(line.durationMs)}`;
  const room = Math.max(0, line.columns - 2 - duration.length);
  const name = fitWidth(oneLine(line.name), room);
  const nameWidth = Math.max(line.columns < NARROW ? 0 : NAME_WIDTH, widthOf(name) + 1);
  const detail = room - nameWidth < SHORTEST_DETAIL ? '' : fitWidth(oneLine(line.detail), room - nameWidth);
  const aside = asideFor(line, room - nameWidth - widthOf(detail), detail !== '');
  const start = detail + aside === '' ? name : padWidth(name, nameWidth) + detail;
  const width = widthOf(start) + widthOf(aside);
  const alignment = Math.min(room, Math.max(WIDEST_ALIGNMENT - 2 - duration.length, width));
  const padding = duration === '' ? '' : ' '.repeat(Math.max(0, alignment - width));
  return `${line.symbol} ${start}${style.dim(aside)}${padding}${style.dim(duration)}`;
}

function asideFor(line: StageLine, room: number, hasDetail: boolean): string {
  const separator = hasDetail ? ' · ' : '';
  if (line.aside === '' || room < separator.length + SHORTEST_DETAIL) return '';
  return separator + fitWidth(oneLine(line.aside), room - separator.length);
}

/** The symbol of a finished stage. */
export function statusSymbol(status: StageStatus, style: Style): string {
  const symbols: Readonly<Record<StageStatus, string>> = {
    succeeded: style.green('✔'),
    failed: style.red('✘'),
    canceled: style.yellow('■'),
    skipped: style.dim('-'),
  };
  return symbols[status];
}
