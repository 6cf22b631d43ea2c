import { isAlias, isMap, isScalar, Scalar, type ParsedNode, type YAMLMap } from 'yaml';
import { quote } from '../values/quote.ts';
import type { Fault } from './fault.ts';
import type { YamlEntry, YamlPath, YamlTree } from './yaml-tree.ts';

/** Parts that a file may come to once every alias is written out: above it, aliases of aliases are a bomb. */
const MOST_PARTS = 50_000;
const DEEPEST = 40;

interface Building {
  /** What an alias stands for; null while its own anchor is still being read. */
  readonly anchors: Map<string, YamlTree | null>;
  readonly faults: Fault[];
}

type Node = ParsedNode | null;

/**
 * Turns a parsed document into data with places. Done here rather than by the parser's own conversion, because that
 * one forgets where a merged value came from, and expands merge keys without a bound.
 */
export function buildTree(contents: Node): { readonly tree: YamlTree | null; readonly faults: readonly Fault[] } {
  const building: Building = { anchors: new Map(), faults: [] };
  const tree = convert(contents, { building, path: [], offset: 0 });
  if (tree.size <= MOST_PARTS) return { tree, faults: building.faults };
  const message = 'its aliases ("*name") stand for more than 50,000 parts';
  return { tree: null, faults: [{ path: [], offset: null, message }] };
}

interface Place {
  readonly building: Building;
  readonly path: YamlPath;
  /** Used where the node itself has none: an empty value. */
  readonly offset: number;
}

function convert(node: Node, place: Place): YamlTree {
  const offset = node?.range?.[0] ?? place.offset;
  if (node === null) return scalar(null, place.offset);
  if (place.path.length > DEEPEST) return refuse(place, offset, `nested deeper than ${DEEPEST} levels`);
  if (isAlias(node)) return resolveAlias(node.source, { ...place, offset });
  if (isScalar(node)) return keep(node.anchor, place, scalar(node.value, offset));
  if (node.anchor !== undefined) place.building.anchors.set(node.anchor, null);
  return keep(
    node.anchor,
    place,
    isMap(node) ? convertMap(node, { ...place, offset }) : convertList(node.items, { ...place, offset }),
  );
}

function convertList(nodes: readonly Node[], place: Place): YamlTree {
  const items = nodes.map((item, index) => convert(item, { ...place, path: [...place.path, index] }));
  return { kind: 'list', offset: place.offset, size: sizeOf(items), items };
}

function convertMap(map: YAMLMap.Parsed, place: Place): YamlTree {
  const own = new Map<string, YamlEntry>();
  const merged = new Map<string, YamlEntry>();
  let mergeSize = 0;
  for (const { key, value } of map.items) {
    const keyOffset = key.range[0];
    const name = keyText(key, place);
    if (name === null) {
      place.building.faults.push({ path: place.path, offset: keyOffset, message: 'a key must be plain text' });
      continue;
    }
    const path = [...place.path, name];
    if (own.has(name)) fault(place, { path, keyOffset }, 'the same key is there twice');
    if (name === '__proto__') fault(place, { path, keyOffset }, 'this key is not allowed');
    const node = convert(value, { building: place.building, path, offset: keyOffset });
    if (isMergeKey(key)) mergeSize += merge(node, merged, { ...place, path, offset: keyOffset });
    else own.set(name, { keyOffset, node });
  }
  const entries = new Map([...merged, ...own]);
  return {
    kind: 'mapping',
    offset: place.offset,
    size: sizeOf([...own.values()].map((entry) => entry.node)) + mergeSize,
    entries,
  };
}

/** `<<: *base` or `<<: [*first, *second]`; the first that has a key wins. Returns what it counts for. */
function merge(node: YamlTree, merged: Map<string, YamlEntry>, place: Place): number {
  const sources = node.kind === 'list' ? node.items : [node];
  for (const source of sources) {
    if (source.kind !== 'mapping') {
      place.building.faults.push({
        path: place.path,
        offset: place.offset,
        message: '"<<" takes a mapping or a list of them',
      });
      continue;
    }
    // Places stay those of the definition: that is where a wrong value is to be mended.
    for (const [key, entry] of source.entries) if (!merged.has(key)) merged.set(key, entry);
  }
  return node.size;
}

function keyText(key: ParsedNode, place: Place): string | null {
  if (isScalar(key)) return scalarText(key.value);
  if (!isAlias(key)) return null;
  const target = place.building.anchors.get(key.source);
  return target?.kind === 'scalar' && typeof target.value === 'string' ? target.value : null;
}

/** Keys may be written as numbers or true and false; what is data in JavaScript (null, dates) is no key. */
function scalarText(value: unknown): string | null {
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isText ? String(value) : null;
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN;
}

function resolveAlias(name: string, place: Place): YamlTree {
  const target = place.building.anchors.get(name);
  if (target === undefined) return refuse(place, place.offset, `there is no anchor ${quote(`&${name}`)} above`);
  if (target === null) return refuse(place, place.offset, `${quote(`*${name}`)} holds itself`);
  return target;
}

function keep(anchor: string | undefined, place: Place, tree: YamlTree): YamlTree {
  if (anchor !== undefined) place.building.anchors.set(anchor, tree);
  return tree;
}

function refuse(place: Place, offset: number, message: string): YamlTree {
  place.building.faults.push({ path: place.path, offset, message });
  return scalar(null, offset);
}

function fault(place: Place, at: { path: YamlPath; keyOffset: number }, message: string): void {
  place.building.faults.push({ path: at.path, offset: at.keyOffset, message });
}

function scalar(value: unknown, offset: number): YamlTree {
  return { kind: 'scalar', offset, size: 1, value };
}

function sizeOf(parts: readonly YamlTree[]): number {
  return parts.reduce((sum, part) => sum + part.size, 1);
}
