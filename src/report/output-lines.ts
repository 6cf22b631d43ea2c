import { cleanLine } from './terminal-text.ts';

/** A line without an end is cut here, so that a build cannot fill the memory with it. In UTF-16 units. */
const LONGEST_LINE = 16_384;

/** Joins the output of steps, which comes in pieces of any size, to whole clean lines; each step on its own. */
export class OutputLines {
  readonly #open = new Map<string, string>();

  /** The lines that are whole now. */
  add(source: string, text: string): readonly string[] {
    const lines = ((this.#open.get(source) ?? '') + text).split('\n');
    let open = lines.pop() ?? '';
    while (open.length > LONGEST_LINE) {
      lines.push(open.slice(0, LONGEST_LINE));
      open = open.slice(LONGEST_LINE);
    }
    if (open === '') this.#open.delete(source);
    else this.#open.set(source, open);
    return lines.map(cleanLine);
  }

  /** The rest of a source that has ended, where it does not end with a line break. */
  end(source: string): readonly string[] {
    const open = this.#open.get(source);
    this.#open.delete(source);
    return open === undefined ? [] : [cleanLine(open)];
  }

  /** The rest of every source. */
  endAll(): readonly (readonly [source: string, line: string])[] {
    const rest = [...this.#open].map(([source, open]) => [source, cleanLine(open)] as const);
    this.#open.clear();
    return rest;
  }
}

/** The last line of a piece of output that is not empty; null where there is none. Looks at its end alone. */
export function lastLineOf(text: string): string | null {
  const lines = text.slice(-2048).split(/[\r\n]+/);
  for (const line of lines.reverse()) {
    const clean = cleanLine(line).trim();
    if (clean !== '') return clean;
  }
  return null;
}
