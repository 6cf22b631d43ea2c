import type { ReportStream } from './reporter.ts';
import { widthOf } from './terminal-text.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** A terminal with lines that stay and, below them, some that are drawn over. */
export class BoardScreen {
  readonly #stream: ReportStream;
  /** Widths of the lines that stand there now and are drawn over. */
  #widths: readonly number[] = [];

  constructor(stream: ReportStream) {
    this.#stream = stream;
  }

  get columns(): number {
    const { columns } = this.#stream;
    return columns === undefined || columns < 1 ? DEFAULT_COLUMNS : columns;
  }

  get rows(): number {
    const { rows } = this.#stream;
    return rows === undefined || rows < 1 ? DEFAULT_ROWS : rows;
  }

  /** Draws the lines in the place of those that were drawn before. One write, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    const text = this.#widths.length === 0 ? HIDE_CURSOR : this.#clear();
    this.#widths = lines.map(widthOf);
    this.#stream.write(text + lines.map((line) => `${line}\n`).join(''));
  }

  /** The lines stay, in the place of what was drawn; the terminal is as it was. */
  end(lines: readonly string[]): void {
    const text = this.#widths.length === 0 ? '' : this.#clear() + SHOW_CURSOR;
    this.#widths = [];
    if (text !== '' || lines.length > 0) this.#stream.write(text + lines.map((line) => `${line}\n`).join(''));
  }

  /** Where the window became narrower, terminals broke the lines that stand there: all their rows are cleared. */
  #clear(): string {
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.columns)), 0);
    return `\r${rows === 0 ? '' : `\u001b[${String(rows)}A`}${CLEAR_BELOW}`;
  }
}
