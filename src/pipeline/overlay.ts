import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OverlayError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { copiedFiles, type CopiedFile } from '../plan/dockerfile.ts';
import type { SourceTree } from '../ports/sources.ts';
import { isInside, readCentralFiles, type CentralFile } from './central-files.ts';
import { findContextFolder } from './context-folder.ts';
import { refuseHiddenFiles } from './dockerignore-check.ts';

/** A file that was laid over the context. */
export interface OverlayFile {
  /** In the context: `Dockerfile`, `.dockerignore`, `entrypoint.sh`. */
  readonly name: string;
  readonly sha256: string;
  readonly mode: number;
}

export interface OverlayResult {
  /** Absolute and real. */
  readonly contextDirectory: string;
  readonly files: readonly OverlayFile[];
  /** Files of the repository that were replaced by central ones, or taken away: worth saying. */
  readonly replaced: readonly string[];
  /** Things worth a warning: what became of a link in the repository. */
  readonly notes: readonly string[];
  readonly dockerfileText: string;
  /** The central Dockerfile, relative to the infra root. */
  readonly dockerfile: string;
}

/** BuildKit reads it before `.dockerignore`, and it belongs to the repository's own Dockerfile, which is replaced. */
const OWN_IGNORE_FILE = 'Dockerfile.dockerignore';
const IGNORE_FILE = '.dockerignore';

/**
 * Lays the central Dockerfile, and `.dockerignore` and `entrypoint.sh` beside it, over the build context. Links of the
 * repository at these names are removed and never followed. Throws DOCKERFILE_MISSING, PATH_OUTSIDE_ROOT,
 * CONTEXT_MISSING, OVERLAY_REFUSED, ENTRYPOINT_IGNORED, DOCKERFILE_INVALID.
 */
export async function overlay(input: { readonly plan: BuildPlan; readonly tree: SourceTree }): Promise<OverlayResult> {
  const { plan, tree } = input;
  const [central, contextDirectory] = await Promise.all([
    readCentralFiles(plan.infraRoot, plan.overlay.dockerfile),
    findContextFolder(tree.directory, plan.build.context),
  ]);
  const [wereThere, hadOwnIgnoreFile] = await Promise.all([
    Promise.all(central.map(async (file) => layFile(contextDirectory, file))),
    removeEntry(contextDirectory, OWN_IGNORE_FILE),
  ]);
  const replaced = central.filter((_, index) => wereThere[index] === true).map(({ name }) => name);
  if (hadOwnIgnoreFile) replaced.push(OWN_IGNORE_FILE);
  const files = central.map(({ name, content, mode }): OverlayFile => {
    return { name, sha256: createHash('sha256').update(content).digest('hex'), mode };
  });
  const centralIgnore = central.find(({ name }) => name === IGNORE_FILE) ?? null;
  const note = centralIgnore === null ? await settleOwnIgnoreFile(tree.directory, contextDirectory) : null;
  const dockerfileText = central[0]?.content.toString('utf8') ?? '';
  await checkIgnored({ plan, contextDirectory, centralIgnore, dockerfileText });
  const notes = note === null ? [] : [note];
  return { contextDirectory, files, replaced, notes, dockerfileText, dockerfile: plan.overlay.dockerfile };
}

/** Writes one file, with the time of its source, so that an unchanged one is not sent again. True where one was there. */
async function layFile(directory: string, file: CentralFile): Promise<boolean> {
  const wasThere = await removeEntry(directory, file.name);
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const handle = await open(join(directory, file.name), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    await handle.writeFile(file.content);
    // After the fact: what open is told passes through the umask.
    await handle.chmod(file.mode);
    await handle.utimes(file.modifiedAt, file.modifiedAt);
  } finally {
    await handle.close();
  }
  return wasThere;
}

/** Removes a file or a link itself. True where there was one. Throws OVERLAY_REFUSED for a folder. */
async function removeEntry(directory: string, name: string): Promise<boolean> {
  const path = join(directory, name);
  const found = await entryAt(path);
  if (found === null) return false;
  if (found.isDirectory()) {
    throw new OverlayError({
      code: 'OVERLAY_REFUSED',
      message: `the repository has a folder called ${name}, where the file ${name} belongs`,
      hint: 'rename the folder in the repository',
      facts: { name },
    });
  }
  await rm(path);
  return true;
}

async function entryAt(path: string): Promise<Stats | null> {
  return lstat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
}

/**
 * The repository's own `.dockerignore` stays where the centre has none. A link there becomes a copy of the file that it
 * leads to, if that is in the repository too; any other link goes. Returns what is worth saying.
 */
async function settleOwnIgnoreFile(treeDirectory: string, contextDirectory: string): Promise<string | null> {
  const path = join(contextDirectory, IGNORE_FILE);
  if ((await entryAt(path))?.isSymbolicLink() !== true) return null;
  const [tree, target] = await Promise.all([realpath(treeDirectory), realpath(path).catch(() => null)]);
  const isOurs = target !== null && isInside(tree, target) && (await lstat(target)).isFile();
  const content = isOurs ? await readFile(target) : null;
  await rm(path);
  if (content === null)
    return `${IGNORE_FILE} of the repository is a link that leads out of it or nowhere; it was left out`;
  const modifiedAt = target === null ? new Date(0) : (await lstat(target)).mtime;
  await layFile(contextDirectory, { name: IGNORE_FILE, path: IGNORE_FILE, content, mode: 0o644, modifiedAt });
  return `${IGNORE_FILE} of the repository is a link; a copy of its file is used`;
}

interface IgnoredCheck {
  readonly plan: BuildPlan;
  readonly contextDirectory: string;
  readonly centralIgnore: CentralFile | null;
  readonly dockerfileText: string;
}

/** Files only: of a folder that is hidden, single files may be let in again. */
async function checkIgnored({ plan, contextDirectory, centralIgnore, dockerfileText }: IgnoredCheck): Promise<void> {
  const ignoreText = await readFile(join(contextDirectory, IGNORE_FILE), 'utf8').catch(() => null);
  if (ignoreText === null) return;
  const { args, target } = plan.build;
  const files: CopiedFile[] = [];
  for (const file of copiedFiles(dockerfileText, args, target)) {
    const found = await lstat(join(contextDirectory, file.path)).catch(() => null);
    if (found?.isFile() === true) files.push(file);
  }
  if (files.length === 0) return;
  refuseHiddenFiles({
    ignoreText,
    ignoreFile: centralIgnore?.path ?? `${IGNORE_FILE} of the repository`,
    dockerfile: plan.overlay.dockerfile,
    files,
  });
}
