import { Automaton, ROW } from './automaton.ts';
import { formsOf, type GappedForm } from './secret-forms.ts';
import { BACKSLASH, ESCAPABLE, isGapAt, LONGEST_GAP, SYMBOL, symbolsBack, UNIT_KINDS } from './gaps.ts';

/** A part of a text that shows a secret: from `start` up to, without, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a scan stands between two chunks. */
export interface ScanState {
  exact: number;
  gapped: number;
  gapRun: number;
  isEscaped: boolean;
}

export function newScanState(): ScanState {
  return { exact: 0, gapped: 0, gapRun: 0, isEscaped: false };
}

/** Finds every form of every secret, in time by the length of the text. */
export class SecretMatcher {
  readonly #exact: Automaton;
  readonly #gapped: Automaton;
  readonly #gappedForms: readonly GappedForm[];

  constructor(secrets: Iterable<string>) {
    const forms = [...secrets].map((secret) => formsOf(secret));
    this.#exact = new Automaton(forms.flatMap((form) => form.exact));
    this.#gappedForms = forms.flatMap((form) => form.gapped);
    this.#gapped = new Automaton(this.#gappedForms.map((form) => form.text));
  }

  /**
   * Scans `text` on from `from`; what is before belongs to an earlier chunk. Spans are in no order. Both automata run in
   * one loop: it is the hottest of the program, and so they wait for memory at the same time.
   */
  scan(text: string, from: number, state: ScanState): Span[] {
    const spans: Span[] = [];
    const exact = this.#exact;
    const gapped = this.#gapped;
    const { table: exactTable, tableEnd: exactEnd, match: exactMatch } = exact;
    const { table: gappedTable, tableEnd: gappedEnd, match: gappedMatch } = gapped;
    let { exact: exactAt, gapped: gappedAt, gapRun, isEscaped } = state;
    for (let index = from; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      exactAt = unit < ROW && exactAt < exactEnd ? (exactTable[exactAt * ROW + unit] ?? 0) : exact.next(exactAt, unit);
      if (exactMatch[exactAt] !== 0) spans.push(spanBack(index + 1, exact.matchLength(exactAt)));
      const kind = UNIT_KINDS[unit];
      if (kind === SYMBOL || (kind === ESCAPABLE && !isEscaped)) {
        isEscaped = false;
        gapRun = 0;
        gappedAt =
          unit < ROW && gappedAt < gappedEnd ? (gappedTable[gappedAt * ROW + unit] ?? 0) : gapped.next(gappedAt, unit);
        if (gappedMatch[gappedAt] !== 0) this.#addGapped({ text, end: index + 1, state: gappedAt, spans });
      } else {
        isEscaped = kind === BACKSLASH;
        if (++gapRun > LONGEST_GAP) gappedAt = 0;
      }
    }
    Object.assign(state, { exact: exactAt, gapped: gappedAt, gapRun, isEscaped });
    return spans;
  }

  /** The beginning of the tail of `text` that could be the beginning of a secret; its length where there is none. */
  undecidedFrom(text: string, state: ScanState): number {
    const exact = text.length - (this.#exact.depth[state.exact] ?? 0);
    const gapped = symbolsBack(text, text.length, this.#gapped.depth[state.gapped] ?? 0);
    return Math.max(0, Math.min(exact, gapped));
  }

  #addGapped({ text, end, state, spans }: { text: string; end: number; state: number; spans: Span[] }): void {
    const { match, fail, depth, pattern } = this.#gapped;
    let found = match[state] ?? 0;
    while (found !== 0) {
      const start = symbolsBack(text, end, depth[found] ?? 0);
      const form = this.#gappedForms[pattern[found] ?? -1];
      if (form?.needsLineBreak !== true || isBrokenByLinesOnly(text.slice(start, end))) {
        spans.push({ start, end });
        return;
      }
      found = match[fail[found] ?? 0] ?? 0;
    }
  }
}

function spanBack(end: number, length: number): Span {
  return { start: end - length, end };
}

/** True where every gap holds a line break, real or escaped. */
function isBrokenByLinesOnly(text: string): boolean {
  let gap = '';
  for (let index = 0; index < text.length; index++) {
    if (isGapAt(text, index)) {
      gap += text.charAt(index);
      continue;
    }
    if (gap !== '' && !/[\r\n]|\\[nr]/.test(gap)) return false;
    gap = '';
  }
  return true;
}
