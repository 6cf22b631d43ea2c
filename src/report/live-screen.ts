import type { ReportStream } from './reporter.ts';
import { widthOf } from './terminal-text.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const DEFAULT_COLUMNS = 80;

/** A terminal with lines that stay and, below them, at most one live line that is drawn over. */
export class LiveScreen {
  readonly #stream: ReportStream;
  /** Width of the live line that stands there now; null: none does. */
  #liveWidth: number | null = null;

  constructor(stream: ReportStream) {
    this.#stream = stream;
  }

  /** The window's width as it is now; some terminals say 0. */
  get columns(): number {
    const { columns } = this.#stream;
    return columns === undefined || columns < 1 ? DEFAULT_COLUMNS : columns;
  }

  /** Writes lines that stay and the live line below them; null: none. One write, so that nothing flickers. */
  print(lines: readonly string[], live: string | null): void {
    const isCursorHidden = this.#liveWidth !== null;
    let text = this.#clear() + lines.map((line) => `${line}\n`).join('');
    if (live !== null) text += (isCursorHidden ? '' : HIDE_CURSOR) + live;
    else if (isCursorHidden) text += SHOW_CURSOR;
    this.#liveWidth = live === null ? null : widthOf(live);
    if (text !== '') this.#stream.write(text);
  }

  /** After the window became narrower, terminals break the live line that stands there: all its rows are cleared. */
  #clear(): string {
    if (this.#liveWidth === null) return '';
    const rowsAbove = Math.max(0, Math.ceil(this.#liveWidth / this.columns) - 1);
    return `\r${rowsAbove === 0 ? '' : `\u001b[${rowsAbove}A`}${CLEAR_BELOW}`;
  }
}
