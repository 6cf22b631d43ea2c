import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One character per byte, as in `tree-changes.ts`. */
type BytePath = string;

/** Of larger trees git itself finds out, beside this process. */
const LARGEST_INDEX = 512 * 1024;

/**
 * False where it is certain that the work tree holds nothing but what its index names: no file, link or folder besides.
 * True in doubt: git is to be asked then. Saves a process in nearly every build.
 */
export async function mayHoldStrays(tree: { readonly gitDir: string; readonly workTree: string }): Promise<boolean> {
  const bytes = await readFile(join(tree.gitDir, 'index')).catch(() => null);
  const tracked = bytes === null || bytes.length > LARGEST_INDEX ? null : trackedPaths(bytes);
  if (tracked === null) return true;
  const files = new Set(tracked);
  const folders = new Set(tracked.flatMap(foldersOf));
  return holdsOther({ root: Buffer.from(tree.workTree), files, folders }, '').catch(() => true);
}

interface Tracked {
  readonly root: Buffer;
  readonly files: ReadonlySet<BytePath>;
  readonly folders: ReadonlySet<BytePath>;
}

async function holdsOther(tracked: Tracked, folder: BytePath): Promise<boolean> {
  const path = Buffer.concat([tracked.root, Buffer.from('/'), Buffer.from(folder, 'latin1')]);
  for (const entry of await readdir(path, { withFileTypes: true, encoding: 'buffer' })) {
    const name = entry.name.toString('latin1');
    // The one name that git never looks at; whoever cleans removes it himself.
    if (folder === '' && name === '.git') continue;
    const inner = folder === '' ? name : `${folder}/${name}`;
    if (!entry.isDirectory()) {
      if (!tracked.files.has(inner)) return true;
    } else if (!tracked.folders.has(inner) || (await holdsOther(tracked, inner))) {
      return true;
    }
  }
  return false;
}

function foldersOf(path: BytePath): readonly BytePath[] {
  const folders: BytePath[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

const HEADER_BYTES = 12;
const NAME_OFFSET = 62;
const HASH_BYTES = 20;
/** Regular files and links. */
const PLAIN_MODES = new Set([0o100644, 0o100755, 0o120000]);

/**
 * The paths of a git index (gitformat-index(5)), version 2 with SHA-1, as git writes it for an ordinary tree. Null for
 * anything else: submodules, conflicts, flags that change what git does with a file, another version or a damaged one.
 */
export function trackedPaths(bytes: Buffer): readonly BytePath[] | null {
  const end = bytes.length - HASH_BYTES;
  if (end < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== 'DIRC' || bytes.readUInt32BE(4) !== 2) return null;
  const hash = createHash('sha1').update(bytes.subarray(0, end)).digest();
  if (!hash.equals(bytes.subarray(end))) return null;
  const paths: BytePath[] = [];
  let at = HEADER_BYTES;
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const nameEnd = bytes.indexOf(0, at + NAME_OFFSET);
    if (at + NAME_OFFSET >= end || nameEnd < 0 || nameEnd >= end) return null;
    const [mode, flags] = [bytes.readUInt32BE(at + 24), bytes.readUInt16BE(at + 60)];
    // Of the flags only the length of the name may be set.
    if (!PLAIN_MODES.has(mode) || flags > 0xfff) return null;
    paths.push(bytes.toString('latin1', at + NAME_OFFSET, nameEnd));
    // Padded to a multiple of eight, with one zero at least.
    at += (nameEnd - at + 8) & ~7;
  }
  return paths;
}
