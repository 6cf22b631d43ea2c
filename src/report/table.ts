import { fitWidth, oneLine, padWidth, widthOf } from './terminal-text.ts';

/** A column of a table for a terminal. Those with the lowest `keep` are left out first where there is no room. */
export interface Column {
  readonly title: string;
  readonly keep: number;
}

export interface Table {
  readonly columns: readonly Column[];
  /** A cell per column. */
  readonly rows: readonly (readonly string[])[];
  /** No line is wider, in the columns that a terminal needs (a Korean letter takes two). */
  readonly width: number;
}

const GAP = 2;
/** The last column may be cut down to this before another column has to go. */
const SHORTEST_LAST = 16;

/** A head line and a line per row, aligned; the last column takes the room that is left. */
export function tableLines({ columns, rows, width }: Table): readonly string[] {
  const cells = [columns.map((column) => column.title), ...rows].map((row) => row.map(oneLine));
  const widths = columns.map((_column, index) => Math.max(...cells.map((row) => widthOf(row[index] ?? ''))));
  const shown = columnsThatFit({ columns, widths, width });
  return cells.map((row) => {
    const padded = shown.map((index) => padWidth(row[index] ?? '', widths[index] ?? 0));
    return fitWidth(padded.join(' '.repeat(GAP)).trimEnd(), width);
  });
}

/** Indexes of the columns that are shown, in order. */
export function columnsThatFit({
  columns,
  widths,
  width,
}: {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  readonly width: number;
}): readonly number[] {
  let shown = columns.map((_column, index) => index);
  while (shown.length > 1 && neededWidth(shown, widths) > width) {
    const least = Math.min(...shown.map((index) => columns[index]?.keep ?? 0));
    shown = shown.filter((index) => columns[index]?.keep !== least);
  }
  return shown;
}

function neededWidth(shown: readonly number[], widths: readonly number[]): number {
  const needed = shown.map((index) => {
    const natural = widths[index] ?? 0;
    return index === widths.length - 1 ? Math.min(natural, SHORTEST_LAST) : natural;
  });
  return needed.reduce((sum, each) => sum + each + GAP, -GAP);
}
