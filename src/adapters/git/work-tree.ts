import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initRepository, type Mirror } from './mirror.ts';
import { mayHoldStrays } from './strays.ts';
import { expectGit, localCall, together, type GitTools, type Repository } from './tools.ts';

/**
 * Files of one commit, kept between builds. Git's own folder lies beside them, not in them: nothing of it is in the
 * build context. Objects come from the mirror.
 */
export interface WorkTree extends Repository {
  readonly workTree: string;
}

export interface TreeUpdate {
  readonly tree: WorkTree;
  readonly mirror: Mirror;
  readonly commit: string;
  readonly signal: AbortSignal;
  readonly onSpawn: (pid: number) => void;
}

/** `signal` null: an abort does not stop it. */
export type TreeReset = Pick<TreeUpdate, 'tree' | 'commit' | 'onSpawn'> & { readonly signal: AbortSignal | null };

/**
 * Makes the files those of the commit and nothing else. Only what differs is written, so that other files keep their
 * times; what an earlier build or a killed one left, tracked or not, ignored or not, is put right. The index knows
 * size, times and inode of each file, and git compares content where they cannot prove that nothing changed.
 * Throws GitFailed, of the kind `damaged` where mirror or index cannot be read.
 */
export async function resetTree(tools: GitTools, reset: TreeReset): Promise<void> {
  await readTree(tools, reset);
  // After it: files of a submodule that was dropped are no longer tracked.
  if (await mayHoldStrays(reset.tree)) await clean(tools, reset);
  await removeGitFolder(reset.tree);
}

/**
 * As `resetTree`, of a tree that is at the commit already: what is tracked stays the same, so both can be done at once.
 */
export async function restoreTree(tools: GitTools, reset: TreeReset): Promise<void> {
  await together(readTree(tools, reset), clean(tools, reset));
  await removeGitFolder(reset.tree);
}

async function readTree(tools: GitTools, { tree: repository, commit, signal, onSpawn }: TreeReset): Promise<void> {
  const args = ['read-tree', '--reset', '-u', commit];
  await expectGit(localCall(tools, { repository, args, signal, onSpawn }));
}

async function clean(tools: GitTools, { tree: repository, signal, onSpawn }: TreeReset): Promise<void> {
  const args = ['clean', '-f', '-f', '-d', '-x', '-q'];
  await expectGit(localCall(tools, { repository, args, signal, onSpawn }));
}

/** The one name that git itself never looks at. */
async function removeGitFolder({ workTree }: WorkTree): Promise<void> {
  await rm(join(workTree, '.git'), { recursive: true, force: true });
}

const READY = 'xgen-ready';

/** Makes the tree's folders, and its git folder point at the mirror. Must be done before anything else with the tree. */
export async function prepareTree(tools: GitTools, { tree, mirror, onSpawn }: TreeUpdate): Promise<void> {
  const { gitDir, workTree } = tree;
  const isReady = await readFile(join(gitDir, READY)).then(
    () => true,
    () => false,
  );
  if (!isReady) await create(tools, tree, onSpawn);
  await Promise.all([
    pointAt(mirror, gitDir),
    // The lease is ours: these are of a git that was killed.
    ...['index.lock', 'HEAD.lock', 'config.lock'].map((lock) => rm(join(gitDir, lock), { force: true })),
    requireFolder(workTree),
  ]);
}

async function create(tools: GitTools, tree: WorkTree, onSpawn: (pid: number) => void): Promise<void> {
  await rm(tree.gitDir, { recursive: true, force: true });
  await initRepository(tools, { repository: tree, onSpawn });
  await writeFile(join(tree.gitDir, READY), randomUUID());
}

/** Forgets what is known of the files, so that the next update writes every one anew. */
export async function forgetTree(tree: WorkTree): Promise<void> {
  await rm(join(tree.gitDir, READY), { force: true });
}

async function pointAt(mirror: Mirror, gitDir: string): Promise<void> {
  const file = join(gitDir, 'objects/info/alternates');
  const wanted = `${join(mirror.gitDir, 'objects')}\n`;
  if ((await readFile(file, 'utf8').catch(() => '')) === wanted) return;
  await mkdir(join(gitDir, 'objects/info'), { recursive: true });
  await writeFile(file, wanted);
}

/** A folder, not a link to one: git would write to wherever the link leads. */
async function requireFolder(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found !== null && !found.isDirectory()) await rm(path, { force: true });
  await mkdir(path, { recursive: true });
}

/** Empties the folder of a submodule that is not wanted. */
export async function emptyFolder(path: string | Buffer): Promise<void> {
  const names = await readdir(path, { encoding: 'buffer' }).catch(() => []);
  if (names.length === 0) return;
  const prefix = Buffer.concat([Buffer.from(path), Buffer.from('/')]);
  for (const name of names) await rm(Buffer.concat([prefix, name]), { recursive: true, force: true });
}

/**
 * The key by which an engine recognises files that it was sent before: unique to this making of the tree, since another
 * tree's times mean nothing, and the same for each of its builds.
 */
export async function sharedKeyOf(tree: WorkTree): Promise<string> {
  const id = await readFile(join(tree.gitDir, READY), 'utf8');
  return `xgen-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}
