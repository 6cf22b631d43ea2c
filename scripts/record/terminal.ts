/** Text in one way of standing out. */
export interface Span {
  readonly text: string;
  /** `green`, `bold`, …; several at once. */
  readonly styles: readonly string[];
}

export interface ScreenLine {
  readonly spans: readonly Span[];
  /** When the line got what it holds now, in seconds from the beginning. */
  readonly at: number;
}

const OPENING: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
};
/** What each closing code ends. */
const CLOSING: Readonly<Record<number, readonly string[]>> = {
  0: Object.values(OPENING),
  22: ['bold', 'dim'],
  39: ['red', 'green', 'yellow', 'cyan'],
};

interface Line {
  spans: Span[];
  at: number;
}

/**
 * As much of a terminal as the program's own output asks for: line ends, cursor up, clear below, colours. What a live
 * line was before it was drawn over is gone, as on a screen.
 */
export class Terminal {
  readonly #lines: Line[] = [{ spans: [], at: 0 }];
  #row = 0;
  #styles: string[] = [];

  /** Takes output as it came; `at` in seconds. */
  write(output: string, at: number): void {
    // eslint-disable-next-line no-control-regex -- terminals are told by control characters
    for (const [token] of output.matchAll(/\u001b\[[0-9;?]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) this.#take(token, at);
  }

  lines(): readonly ScreenLine[] {
    const last = this.#lines.findLastIndex(({ spans }) => spans.length > 0);
    return this.#lines.slice(0, last + 1);
  }

  #take(token: string, at: number): void {
    if (token === '\n') this.#moveTo(this.#row + 1);
    else if (token === '\r') return;
    else if (token.startsWith('\u001b[')) this.#obey(token.slice(2, -1), token.at(-1) ?? '');
    else {
      const line = this.#current();
      line.spans.push({ text: token, styles: [...this.#styles] });
      line.at = at;
    }
  }

  #obey(parameters: string, command: string): void {
    const count = Number(parameters === '' ? 0 : parameters.split(';')[0]);
    if (command === 'A') this.#moveTo(this.#row - Math.max(1, count));
    else if (command === 'J') this.#clearBelow();
    else if (command === 'm') this.#style(parameters);
  }

  /** The program clears from the first column of a line only. */
  #clearBelow(): void {
    this.#lines.length = this.#row + 1;
    this.#current().spans = [];
  }

  #style(parameters: string): void {
    for (const code of parameters.split(';').map(Number)) {
      const opened = OPENING[code];
      if (opened !== undefined) this.#styles.push(opened);
      this.#styles = this.#styles.filter((style) => CLOSING[code]?.includes(style) !== true);
    }
  }

  #moveTo(row: number): void {
    this.#row = Math.max(0, row);
    while (this.#lines.length <= this.#row) this.#lines.push({ spans: [], at: 0 });
  }

  #current(): Line {
    const line = this.#lines[this.#row];
    if (line === undefined) throw new TypeError('the cursor is on a line');
    return line;
  }
}
