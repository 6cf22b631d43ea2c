import { lstatSync, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import type { Stat } from './messages.ts';
import type { PathFilter, PathState } from './path-filter.ts';
import { halves } from './protobuf.ts';

/**
 * Path below the context, one character per byte: a name need not be UTF-8, and in this form strings sort in the order
 * of bytes, which is the order that the builder demands.
 */
export type BytePath = string;

export interface WalkEntry {
  readonly path: BytePath;
  readonly stat: BigIntStats;
  /** Target of a link, as bytes; empty for anything else. */
  readonly link: BytePath;
}

/** What the file system is called with. */
export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** For patterns and for people. */
export function toText(path: BytePath): string {
  return isAscii(path) ? path : toBytes(path).toString('utf8');
}

function isAscii(path: BytePath): boolean {
  // eslint and its kin call a range of control characters a mistake; a loop says the same.
  for (let index = 0; index < path.length; index += 1) if (path.charCodeAt(index) > 0x7f) return false;
  return true;
}

/**
 * Walks a build context in the order of the builder: names by their bytes, a folder's content right after the folder.
 * Yields files, folders and links that the filter wants, each folder only when it is wanted itself or holds something
 * that is. Links are not followed. Reads synchronously (ten times as fast as promises for 20,000 files); whoever iterates
 * decides when to pause. Throws what the file system throws where an entry vanishes meanwhile.
 */
export function* walkContext(root: string, filter: PathFilter): Generator<WalkEntry> {
  yield* walkFolder({ root: Buffer.from(root), filter, pending: [] }, '', null);
}

interface Walk {
  readonly root: Buffer;
  readonly filter: PathFilter;
  /** Folders that are on the way to something wanted, but not yet yielded. */
  readonly pending: WalkEntry[];
}

function* walkFolder(walk: Walk, folder: BytePath, parent: PathState | null): Generator<WalkEntry> {
  const names = readdirSync(absolute(walk.root, folder), { encoding: 'latin1' }).sort();
  for (const name of names) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const verdict = walk.filter(toText(path), parent);
    if (!verdict.send && !verdict.enter) continue;
    const entry = readEntry(walk.root, path);
    if (entry === null) continue;
    if (verdict.send) {
      yield* walk.pending.splice(0);
      yield entry;
    }
    if (!entry.stat.isDirectory() || !verdict.enter) continue;
    if (!verdict.send) walk.pending.push(entry);
    yield* walkFolder(walk, path, verdict.state);
    if (walk.pending.at(-1) === entry) walk.pending.pop();
  }
}

/** Null for what no image can hold: sockets, pipes, devices. */
function readEntry(root: Buffer, path: BytePath): WalkEntry | null {
  const file = absolute(root, path);
  const stat = lstatSync(file, { bigint: true });
  if (stat.isSymbolicLink()) return { path, stat, link: readlinkSync(file, 'latin1') };
  return stat.isDirectory() || stat.isFile() ? { path, stat, link: '' } : null;
}

export function absolute(root: Buffer, path: BytePath): Buffer {
  return path === '' ? root : Buffer.concat([root, Buffer.from('/'), toBytes(path)]);
}

/** Bits of Go's os.FileMode that are not those of Unix. */
const GO_MODE = { directory: 0x8000_0000, link: 0x0800_0000, setuid: 0x80_0000, setgid: 0x40_0000, sticky: 0x10_0000 };

/** What the builder is told of an entry. Everything belongs to root, as the docker client has it. */
export function statOf({ path, stat, link }: WalkEntry): Stat {
  return {
    path: toBytes(path),
    mode: goMode(stat),
    uid: 0,
    gid: 0,
    size: halves(stat.isDirectory() ? 0n : stat.size),
    modTime: halves(stat.mtimeNs),
    linkname: toBytes(link),
  };
}

export function goMode(stat: BigIntStats): number {
  const mode = Number(stat.mode);
  const bits = [
    mode & 0o777,
    stat.isDirectory() ? GO_MODE.directory : 0,
    stat.isSymbolicLink() ? GO_MODE.link : 0,
    (mode & 0o4000) === 0 ? 0 : GO_MODE.setuid,
    (mode & 0o2000) === 0 ? 0 : GO_MODE.setgid,
    (mode & 0o1000) === 0 ? 0 : GO_MODE.sticky,
  ];
  // A plain sum: the highest bit makes `|` negative.
  return bits.reduce((sum, bit) => sum + bit, 0);
}
