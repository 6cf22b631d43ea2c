import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, for this user alone, and those above it; one that is there is fine. Node's own way (`recursive`) never
 * ends where a file system says that the folder above is missing although it is there, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  const problem = await attempt(path);
  if (problem === null) return;
  if (codeOf(problem) !== 'ENOENT' || dirname(path) === path) throw problem;
  await makeFolder(dirname(path));
  const again = await attempt(path);
  if (again !== null) throw again;
}

async function attempt(path: string): Promise<unknown> {
  try {
    await mkdir(path, { mode: 0o700 });
    return null;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return error;
  }
  // What is there may be a folder, a link to one, or a file; the latter with an error that says so.
  return mkdir(path, { recursive: true }).then(
    () => null,
    (error: unknown) => error,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
