import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OverlayError } from '../errors/xgen-error.ts';
import { innerPathProblem, normalizeInnerPath } from '../values/paths.ts';
import { quote } from '../values/quote.ts';
import { didYouMean } from '../values/suggest.ts';
import { isInside } from './central-files.ts';

/**
 * The real, absolute path of the build context in a work tree. A link on the way may lead to another folder of the
 * tree. Throws CONTEXT_MISSING with what is there, and OVERLAY_REFUSED for a way out of the tree.
 */
export async function findContextFolder(treeDirectory: string, context: string): Promise<string> {
  const tree = await realpath(treeDirectory);
  const problem = innerPathProblem(context);
  if (problem !== null) throw refused(context, problem);
  let folder = tree;
  for (const part of normalizeInnerPath(context).split('/')) {
    const next = await realpath(join(folder, part)).catch(() => null);
    if (next === null) throw await missing({ tree, folder, part, context });
    if (!isInside(tree, next)) throw refused(context, `${quote(part)} is a link that leads out of the repository`);
    folder = next;
  }
  if ((await stat(folder)).isDirectory()) return folder;
  throw contextMissing(context, 'it is a file', []);
}

interface Missing {
  readonly tree: string;
  readonly folder: string;
  readonly part: string;
  readonly context: string;
}

async function missing({ tree, folder, part, context }: Missing): Promise<OverlayError> {
  const found = await lstat(join(folder, part)).catch(() => null);
  if (found?.isSymbolicLink() === true) return refused(context, `${quote(part)} is a link that leads nowhere`);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const where = folder === tree ? 'the repository' : quote(folder.slice(tree.length + 1));
  const there = folders.length === 0 ? 'no folders' : folders.sort().slice(0, 20).map(quote).join(', ');
  return contextMissing(context, `it is not there${didYouMean(part, folders)}`, [`in ${where}: ${there}`]);
}

function contextMissing(context: string, why: string, evidence: readonly string[]): OverlayError {
  return new OverlayError({
    code: 'CONTEXT_MISSING',
    message: `the build context ${quote(context)} is not a folder of the repository: ${why}`,
    hint: 'correct services.<name>.context in config/services.yaml',
    facts: { context },
    evidence,
  });
}

function refused(context: string, why: string): OverlayError {
  return new OverlayError({
    code: 'OVERLAY_REFUSED',
    message: `the build context ${quote(context)} is refused: ${why}`,
    hint: 'make it a real folder of the repository, or name another in services.<name>.context',
    facts: { context },
  });
}
