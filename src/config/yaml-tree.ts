/** A YAML document as data with the place of everything; aliases and merge keys are resolved. */
export type YamlTree =
  | { readonly kind: 'scalar'; readonly offset: number; readonly size: number; readonly value: unknown }
  | { readonly kind: 'list'; readonly offset: number; readonly size: number; readonly items: readonly YamlTree[] }
  | {
      readonly kind: 'mapping';
      readonly offset: number;
      readonly size: number;
      readonly entries: ReadonlyMap<string, YamlEntry>;
    };

export interface YamlEntry {
  readonly keyOffset: number;
  readonly node: YamlTree;
}

export type YamlPath = readonly (string | number)[];

/** Something found by a pattern: its path, and where its key and its value are. */
export interface Selected {
  readonly path: YamlPath;
  readonly keyOffset: number;
  readonly node: YamlTree;
}

/** Plain data of a tree. A part that is used through several aliases becomes one object. */
export function toData(tree: YamlTree, made = new Map<YamlTree, unknown>()): unknown {
  const known = made.get(tree);
  if (known !== undefined) return known;
  const data = makeData(tree, made);
  made.set(tree, data);
  return data;
}

function makeData(tree: YamlTree, made: Map<YamlTree, unknown>): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map((item) => toData(item, made));
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, toData(entry.node, made)]));
}

/**
 * Where a path is in the file: its key where it has one, else its value; for what is missing, the key of the nearest
 * part that is there.
 */
export function locate(tree: YamlTree, path: YamlPath): { readonly keyOffset: number; readonly valueOffset: number } {
  let node = tree;
  let keyOffset = tree.offset;
  for (const step of path) {
    const next = stepInto(node, step);
    if (next === null) return { keyOffset, valueOffset: keyOffset };
    ({ keyOffset, node } = next);
  }
  return { keyOffset, valueOffset: node.offset };
}

/** Everything at a pattern: `*` is any key of a mapping or any item of a list. */
export function select(tree: YamlTree | null, pattern: readonly string[]): Selected[] {
  if (tree === null) return [];
  let found: Selected[] = [{ path: [], keyOffset: tree.offset, node: tree }];
  for (const step of pattern) found = found.flatMap((from) => selectStep(from, step));
  return found;
}

/** The text at a path; null where there is none. */
export function textAt(tree: YamlTree | null, path: YamlPath): string | null {
  let node = tree;
  for (const step of path) node = node === null ? null : (stepInto(node, step)?.node ?? null);
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}

function stepInto(node: YamlTree, step: string | number): YamlEntry | null {
  if (node.kind === 'mapping') return node.entries.get(String(step)) ?? null;
  const item = node.kind === 'list' ? node.items[Number(step)] : undefined;
  return item === undefined ? null : { keyOffset: item.offset, node: item };
}

function selectStep(from: Selected, step: string): Selected[] {
  const { node, path } = from;
  if (node.kind === 'scalar') return [];
  if (node.kind === 'list') {
    return step === '*'
      ? node.items.map((item, index) => ({ path: [...path, index], keyOffset: item.offset, node: item }))
      : [];
  }
  const keys = step === '*' ? [...node.entries.keys()] : [step];
  return keys.flatMap((key) => {
    const entry = node.entries.get(key);
    return entry === undefined ? [] : [{ path: [...path, key], ...entry }];
  });
}
