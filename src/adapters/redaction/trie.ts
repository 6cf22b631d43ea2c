/** A tree of patterns in arrays, numbered breadth first: a parent before its children, 0 the root. */
export interface Trie {
  readonly size: number;
  /** First child and next sibling; 0: none. */
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  readonly parent: Int32Array;
  /** The UTF-16 unit that leads to a node. */
  readonly unit: Uint16Array;
  readonly depth: Int32Array;
  /** Number of the pattern that ends at a node; -1: none. */
  readonly pattern: Int32Array;
}

interface Draft {
  size: number;
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  readonly unit: Uint16Array;
  readonly pattern: Int32Array;
}

/** Takes time and memory by the total length of the patterns. Patterns are not empty. */
export function buildTrie(patterns: readonly string[]): Trie {
  const draft = draftOf(patterns);
  const { size } = draft;
  const trie: Trie = {
    size,
    child: new Int32Array(size),
    sibling: new Int32Array(size),
    parent: new Int32Array(size),
    unit: new Uint16Array(size),
    depth: new Int32Array(size),
    pattern: new Int32Array(size).fill(-1),
  };
  const draftNode = new Int32Array(size);
  let numbered = 1;
  for (let node = 0; node < numbered; node++) {
    let previous = 0;
    for (let from = draft.child[draftNode[node] ?? 0] ?? 0; from !== 0; from = draft.sibling[from] ?? 0) {
      const next = numbered++;
      draftNode[next] = from;
      trie.parent[next] = node;
      trie.depth[next] = (trie.depth[node] ?? 0) + 1;
      trie.unit[next] = draft.unit[from] ?? 0;
      trie.pattern[next] = draft.pattern[from] ?? -1;
      if (previous === 0) trie.child[node] = next;
      else trie.sibling[previous] = next;
      previous = next;
    }
  }
  return trie;
}

function draftOf(patterns: readonly string[]): Draft {
  const room = 1 + patterns.reduce((sum, pattern) => sum + pattern.length, 0);
  const draft: Draft = {
    size: 1,
    child: new Int32Array(room),
    sibling: new Int32Array(room),
    unit: new Uint16Array(room),
    pattern: new Int32Array(room).fill(-1),
  };
  for (const [number, pattern] of patterns.entries()) {
    let node = 0;
    for (let at = 0; at < pattern.length; at++) node = descend(draft, node, pattern.charCodeAt(at));
    if (node !== 0) draft.pattern[node] = number;
  }
  return draft;
}

function descend(draft: Draft, node: number, unit: number): number {
  let child = draft.child[node] ?? 0;
  while (child !== 0 && draft.unit[child] !== unit) child = draft.sibling[child] ?? 0;
  if (child !== 0) return child;
  const made = draft.size++;
  draft.unit[made] = unit;
  draft.sibling[made] = draft.child[node] ?? 0;
  draft.child[node] = made;
  return made;
}
