import { lstat, open } from 'node:fs/promises';
import { CheckoutError } from '../../errors/xgen-error.ts';
import { quote } from '../../values/quote.ts';
import { throwIfAborted } from './run-git.ts';
import type { BytePath } from './tree-changes.ts';
import type { WorkTree } from './work-tree.ts';

/** Pointers are under 1024 bytes (git-lfs, docs/spec.md); the shortest has a version, an oid and a size. */
const LARGEST_POINTER = 1024;
const SMALLEST_POINTER = 100;
const SIDE_BY_SIDE = 16;
const FILES_NAMED = 5;

/** True for the text that Git LFS commits in the place of a file. */
export function isLfsPointer(text: string): boolean {
  return /^version https:\/\/git-lfs\.github\.com\/spec\/v\d+\n(?:ext-[^\n]*\n)*oid sha256:[0-9a-f]{64}\nsize \d+\n?$/.test(
    text,
  );
}

/**
 * Throws LFS_POINTER naming the first files that are pointers: the image would hold them instead of the content.
 * Looks at files of a pointer's size only.
 */
export async function refuseLfsPointers(
  tree: WorkTree,
  files: readonly BytePath[],
  signal: AbortSignal,
): Promise<void> {
  const found: BytePath[] = [];
  let next = 0;
  const look = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      throwIfAborted(signal);
      if (await holdsPointer(absolutePath(tree, file))) found.push(file);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, look));
  if (found.length === 0) return;
  const names = found.sort().map((file) => quote(Buffer.from(file, 'latin1').toString('utf8')));
  const more = names.length > FILES_NAMED ? ` and ${names.length - FILES_NAMED} more` : '';
  throw new CheckoutError({
    code: 'LFS_POINTER',
    message: `the repository keeps files in Git LFS, which is not fetched: ${names.slice(0, FILES_NAMED).join(', ')}${more}`,
    hint: 'commit the files themselves (git lfs migrate export), or let the Dockerfile download them',
    facts: { files: found.length },
  });
}

/** Bytes of the path as git has them; no decoding, since they need not be UTF-8. */
export function absolutePath(tree: WorkTree, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`${tree.workTree}/`), Buffer.from(path, 'latin1')]);
}

async function holdsPointer(path: Buffer): Promise<boolean> {
  const { size } = await lstat(path);
  if (size < SMALLEST_POINTER || size >= LARGEST_POINTER) return false;
  const file = await open(path, 'r');
  try {
    return isLfsPointer(await file.readFile('utf8'));
  } finally {
    await file.close();
  }
}
