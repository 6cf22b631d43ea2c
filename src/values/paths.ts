import { posix } from 'node:path';

/**
 * Why a text cannot be a path inside a folder, looking at the text alone (links are looked at on the disk); null where
 * it can. Paths are written with forward slashes on every system.
 */
export function innerPathProblem(text: string): string | null {
  if (text === '') return 'it is empty';
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return 'it holds a control character';
  if (text.includes('\\')) return 'it is written with "/", not "\\"';
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text)) return 'it is absolute, and must be relative';
  if (text.startsWith('~')) return '"~" is not resolved here';
  const normal = posix.normalize(text);
  return normal === '..' || normal.startsWith('../') ? 'it leaves the folder that it is relative to' : null;
}

/** As `innerPathProblem`, and an absolute path is allowed: a CA bundle or a kubeconfig of the machine. */
export function machinePathProblem(text: string): string | null {
  if (!text.startsWith('/')) return innerPathProblem(text);
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) ? 'it holds a control character' : null;
}

/** The shortest form of a relative path: `./a//b/../c` is `a/c`, an empty one is `.`. */
export function normalizeInnerPath(text: string): string {
  const normal = posix.normalize(text).replace(/\/+$/, '');
  return normal === '' ? '.' : normal;
}
