import { open, readdir, realpath, type FileHandle } from 'node:fs/promises';
import { posix, relative, sep } from 'node:path';
import { OverlayError, UsageError } from '../errors/xgen-error.ts';
import { innerPathProblem, normalizeInnerPath } from '../values/paths.ts';
import { quote } from '../values/quote.ts';
import { didYouMean } from '../values/suggest.ts';

/** A file of the infra repository, as it is laid over a build context. */
export interface CentralFile {
  /** In the context: `Dockerfile`. */
  readonly name: string;
  /** Relative to the infra root, for messages. */
  readonly path: string;
  readonly content: Buffer;
  /** 0o755 for an executable file, else 0o644: a strict umask must not change what the image holds. */
  readonly mode: number;
  readonly modifiedAt: Date;
}

/** Far above any Dockerfile, so that a wrong path does not fill the memory. */
const LARGEST = 16 * 1024 * 1024;

/**
 * The central Dockerfile, and `.dockerignore` and `entrypoint.sh` beside it where they exist.
 * Throws DOCKERFILE_MISSING with what is there instead, PATH_OUTSIDE_ROOT.
 */
export async function readCentralFiles(infraRoot: string, dockerfile: string): Promise<readonly CentralFile[]> {
  const root = await realpath(infraRoot);
  const problem = innerPathProblem(dockerfile);
  if (problem !== null) throw outside(dockerfile, problem);
  const path = normalizeInnerPath(dockerfile);
  const main = await readInside(root, { path, name: 'Dockerfile' });
  if (main === null) throw await missing(root, path);
  const besides = ['.dockerignore', 'entrypoint.sh'].map((name) =>
    readInside(root, { path: posix.join(posix.dirname(path), name), name }),
  );
  return [main, ...(await Promise.all(besides)).filter((file) => file !== null)];
}

/** Null where there is no such file. The path may hold links, but not out of the root. */
async function readInside(
  root: string,
  { path, name }: { readonly path: string; readonly name: string },
): Promise<CentralFile | null> {
  const real = await realpath(posix.join(root, path)).catch(() => null);
  if (real === null) return null;
  if (!isInside(root, real)) throw outside(path, 'a link on the way leads out of it');
  const file = await open(real, 'r');
  try {
    return await readCentral(file, { path, name });
  } finally {
    await file.close();
  }
}

async function readCentral(file: FileHandle, { path, name }: { path: string; name: string }): Promise<CentralFile> {
  const stat = await file.stat();
  if (!stat.isFile() || stat.size > LARGEST) {
    throw new UsageError({
      code: 'DOCKERFILE_MISSING',
      message: stat.isFile() ? `${path} is too large to be a build file` : `${path} is not a file`,
      hint: 'name a file in services.<name>.dockerfile in config/services.yaml',
      facts: { path },
    });
  }
  const mode = (stat.mode & 0o111) === 0 ? 0o644 : 0o755;
  return { name, path, content: await file.readFile(), mode, modifiedAt: stat.mtime };
}

/** True where a real path is the root or below it. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith('/'));
}

function outside(path: string, why: string): OverlayError {
  return new OverlayError({
    code: 'PATH_OUTSIDE_ROOT',
    message: `the Dockerfile ${quote(path)} is not in the infra repository: ${why}`,
    hint: 'paths in config/services.yaml are relative to the folder that holds config, and stay inside it',
    facts: { path },
  });
}

async function missing(root: string, path: string): Promise<OverlayError> {
  const there = await nearestListing(root, posix.dirname(path));
  const wanted =
    there.folder === posix.dirname(path)
      ? posix.basename(path)
      : (path.slice(prefixLength(there.folder)).split('/')[0] ?? '');
  const names = there.names.length === 0 ? 'nothing' : there.names.slice(0, 20).join(', ');
  return new OverlayError({
    code: 'DOCKERFILE_MISSING',
    message: `there is no ${path} in the infra repository${didYouMean(wanted, there.names)}`,
    hint: 'correct services.<name>.dockerfile in config/services.yaml, or add the file',
    facts: { path },
    evidence: [`in ${there.folder}: ${names}`],
  });
}

function prefixLength(folder: string): number {
  return folder === '.' ? 0 : folder.length + 1;
}

/** The folder, or the nearest one above it that is there. */
async function nearestListing(root: string, folder: string): Promise<{ folder: string; names: readonly string[] }> {
  const real = await realpath(posix.join(root, folder)).catch(() => null);
  const names = real !== null && isInside(root, real) ? await readdir(real).catch(() => null) : null;
  if (names !== null || folder === '.') return { folder, names: (names ?? []).sort() };
  return nearestListing(root, posix.dirname(folder));
}
