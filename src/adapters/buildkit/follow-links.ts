import { lstat, readdir, readlink } from 'node:fs/promises';
import path, { posix } from 'node:path';
import { compilePatterns } from '../../values/ignore-patterns.ts';

/** Links to links end somewhere; a ring of them does not. */
const DEPTH_LIMIT = 255;

/**
 * The paths that the builder must be sent so that `paths` can be read, where some of them are links or go through links:
 * the links themselves and what they lead to. A link never leads out of `root`: its target is taken to be below it, as
 * tonistiigi/fsutil does. Returns null where everything is wanted.
 */
export async function followLinks(root: string, paths: readonly string[]): Promise<string[] | null> {
  const found = new Set<string>();
  for (const wanted of paths) await follow({ root, found }, wanted, 0);
  return found.has('.') ? null : [...found].toSorted();
}

interface Search {
  readonly root: string;
  readonly found: Set<string>;
}

async function follow(search: Search, wanted: string, depth: number): Promise<void> {
  const parts = posix.join('/', wanted).split('/').filter(Boolean);
  if (parts.length === 0) search.found.add('.');
  let current = '';
  for (const [index, part] of parts.entries()) {
    current = current === '' ? part : `${current}/${part}`;
    const targets = await readLinks(search.root, current);
    const isLast = index === parts.length - 1;
    if (targets.length === 0 && !isLast) continue;
    if (search.found.has(current) && isLast) return;
    search.found.add(current);
    if (depth < DEPTH_LIMIT) {
      const rest = parts.slice(index + 1).join('/');
      for (const target of targets) await follow(search, posix.join(target, rest), depth + 1);
    }
    if (targets.length > 0) return;
  }
}

/** Where the links that a path names lead to, from the root; more than one for a wildcard, none for what is no link. */
async function readLinks(root: string, current: string): Promise<string[]> {
  const folder = posix.dirname(current);
  const base = posix.basename(current);
  if (!/[*?[\\]/.test(base)) return readLink(root, current);
  const [pattern] = compilePatterns([base]);
  const names = await readdir(path.join(root, folder)).catch(() => []);
  const matching = names.filter((name) => pattern?.expression.test(name) === true);
  return (await Promise.all(matching.map(async (name) => readLink(root, posix.join(folder, name))))).flat();
}

async function readLink(root: string, current: string): Promise<string[]> {
  const file = path.join(root, current);
  const stat = await lstat(file).catch(() => null);
  if (stat?.isSymbolicLink() !== true) return [];
  const target = await readlink(file);
  return [posix.isAbsolute(target) ? posix.normalize(target) : posix.join('/', posix.dirname(current), target)];
}
