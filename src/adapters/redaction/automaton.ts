import { buildTrie, type Trie } from './trie.ts';

/** States below this number have a row in a table; they are those that are reached most often. */
const TABLE_STATES = 2048;
export const ROW = 128;

/**
 * Aho–Corasick: finds all patterns in one pass over the text, in time that does not depend on how many there are, and
 * knows at every character how much of the text before it can be the beginning of a pattern. Works on UTF-16 units.
 * State 0 means: nothing that a pattern begins with.
 */
export class Automaton {
  /** Length of the beginning that a state stands for. */
  readonly depth: Int32Array;
  /** The state of the longest other beginning that ends at the same place. */
  readonly fail: Int32Array;
  /** The longest pattern that ends here: this state, or one that `fail` leads to; 0 where none does. */
  readonly match: Int32Array;
  /** By state that ends a pattern: its number in `patterns`; where two are equal, the last one. */
  readonly pattern: Int32Array;
  readonly #trie: Trie;
  /** The next states of the first `tableEnd` states: ROW for each, by unit. For hot loops; `next` uses it too. */
  readonly table: Int32Array;
  readonly tableEnd: number;
  readonly #highestUnit: number;

  constructor(patterns: readonly string[]) {
    const trie = buildTrie(patterns);
    this.#trie = trie;
    this.#highestUnit = trie.unit.reduce((highest, unit) => Math.max(highest, unit), 0);
    this.depth = trie.depth;
    this.pattern = trie.pattern;
    this.fail = new Int32Array(trie.size);
    this.match = new Int32Array(trie.size);
    for (let state = 1; state < trie.size; state++) {
      const parent = trie.parent[state] ?? 0;
      const fail = parent === 0 ? 0 : this.#slowNext(this.fail[parent] ?? 0, trie.unit[state] ?? 0);
      this.fail[state] = fail;
      this.match[state] = (trie.pattern[state] ?? -1) >= 0 ? state : (this.match[fail] ?? 0);
    }
    this.tableEnd = Math.min(TABLE_STATES, trie.size);
    this.table = new Int32Array(this.tableEnd * ROW);
    for (let state = 0; state < this.tableEnd; state++) this.#fillRow(state);
  }

  /** As the row of the state that it falls back to, but for its own children; that row is filled already. */
  #fillRow(state: number): void {
    const { child, sibling, unit } = this.#trie;
    const fallback = (this.fail[state] ?? 0) * ROW;
    if (state !== 0) this.table.copyWithin(state * ROW, fallback, fallback + ROW);
    for (let next = child[state] ?? 0; next !== 0; next = sibling[next] ?? 0) {
      const by = unit[next] ?? 0;
      if (by < ROW) this.table[state * ROW + by] = next;
    }
  }

  /** The state after one more UTF-16 unit. */
  next(state: number, unit: number): number {
    if (state < this.tableEnd && unit < ROW) return this.table[state * ROW + unit] ?? 0;
    return unit > this.#highestUnit ? 0 : this.#slowNext(state, unit);
  }

  /** Length of the longest pattern that ends in a state; 0 where none does. */
  matchLength(state: number): number {
    return this.depth[this.match[state] ?? 0] ?? 0;
  }

  #slowNext(from: number, unit: number): number {
    const { child, sibling, unit: units } = this.#trie;
    let state = from;
    for (;;) {
      let candidate = child[state] ?? 0;
      while (candidate !== 0 && units[candidate] !== unit) candidate = sibling[candidate] ?? 0;
      if (candidate !== 0 || state === 0) return candidate;
      state = this.fail[state] ?? 0;
    }
  }
}
