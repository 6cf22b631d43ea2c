const ESCAPE = '\u001b';
const PIECES = new RegExp(
  `${ESCAPE}\\[\\?25[lh]|${ESCAPE}\\[\\d+A|${ESCAPE}\\[J|${ESCAPE}\\[[0-9;]*m|[\\r\\n]|[^${ESCAPE}\\r\\n]+`,
  'g',
);

/** A terminal that understands what the reporter uses: line ends, `\r`, clearing below, moving up and the cursor. */
export class TestTerminal {
  readonly isTTY = true;
  columns: number;
  written = '';
  writes = 0;
  isCursorHidden = false;
  /** Every line that stood there at some moment. */
  readonly everShown: string[] = [];
  #rows: string[] = [''];

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    this.written += text;
    this.writes++;
    for (const [piece] of text.matchAll(PIECES)) this.#apply(piece);
    this.everShown.push(...this.#rows);
  }

  /** The lines that stand there now, without empty ones at the end. */
  lines(): string[] {
    const text = this.#rows.join('\n').trimEnd();
    return text === '' ? [] : text.split('\n');
  }

  #apply(piece: string): void {
    if (piece.startsWith('\u001b[?25')) this.isCursorHidden = piece.endsWith('l');
    else if (piece === '\u001b[J') this.#rows[this.#rows.length - 1] = '';
    else if (piece.endsWith('A') && piece.startsWith('\u001b['))
      this.#rows.length = Math.max(1, this.#rows.length - Number.parseInt(piece.slice(2), 10));
    else if (piece === '\n') this.#rows.push('');
    else if (piece !== '\r' && !piece.startsWith('\u001b')) this.#rows.push(`${this.#rows.pop() ?? ''}${piece}`);
  }
}
