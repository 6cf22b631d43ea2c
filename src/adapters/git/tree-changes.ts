import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectGit, localCall, type GitTools } from './tools.ts';
import { GitFailed } from './git-failure.ts';
import type { TreeUpdate, WorkTree } from './work-tree.ts';

/**
 * Paths are byte strings in git, not text: they are kept as Latin-1 strings, one character per byte, and become a
 * Buffer again where a file is opened.
 */
export type BytePath = string;

/** What was found out about the tree of a commit, so that the next commit needs to look at its changes only. */
export interface TreeFacts {
  readonly commit: string;
  /** Submodules: path to commit. */
  readonly gitlinks: Readonly<Record<BytePath, string>>;
}

export interface TreeChanges {
  readonly facts: TreeFacts;
  /** Regular files that were not in the tree of the facts before, or had other content. */
  readonly changedFiles: readonly BytePath[];
}

const FACTS = 'xgen-facts.json';
/** Git knows it without storing it. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** What changed since the facts were last kept; everything where there are none, or where their commit is gone. */
export async function readChanges(tools: GitTools, update: TreeUpdate): Promise<TreeChanges> {
  const { tree, commit } = update;
  const before = await readFacts(tree);
  if (before?.commit === commit) return { facts: before, changedFiles: [] };
  const none: TreeFacts = { commit: EMPTY_TREE, gitlinks: {} };
  try {
    return await diff(tools, update, before ?? none);
  } catch (error) {
    if (before === null || !(error instanceof GitFailed)) throw error;
    return diff(tools, update, none);
  }
}

/** To be called once everything that `readChanges` listed was found good. */
export async function keepFacts(tree: WorkTree, facts: TreeFacts): Promise<void> {
  await writeFile(join(tree.gitDir, FACTS), JSON.stringify(facts));
}

async function readFacts(tree: WorkTree): Promise<TreeFacts | null> {
  try {
    return parseFacts(await readFile(join(tree.gitDir, FACTS), 'utf8'));
  } catch {
    return null;
  }
}

function parseFacts(text: string): TreeFacts | null {
  const data: unknown = JSON.parse(text);
  if (typeof data !== 'object' || data === null || !('commit' in data) || !('gitlinks' in data)) return null;
  const { commit, gitlinks } = data;
  if (typeof commit !== 'string' || typeof gitlinks !== 'object' || gitlinks === null) return null;
  const entries = Object.entries(gitlinks).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { commit, gitlinks: Object.fromEntries(entries) };
}

async function diff(tools: GitTools, update: TreeUpdate, before: TreeFacts): Promise<TreeChanges> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', '--end-of-options'];
  const { tree: repository, signal, onSpawn, commit } = update;
  const call = localCall(tools, { repository, args: [...args, before.commit, `${commit}^{tree}`], signal, onSpawn });
  const end = await expectGit(call);
  return applyDiff(before, commit, parseRawDiff(end.stdout.toString('latin1')));
}

export interface RawChange {
  /** `100644`; `000000` where the path is gone. */
  readonly mode: string;
  readonly object: string;
  readonly path: BytePath;
}

/** `:100644 100644 <old> <new> M`, NUL, path, NUL (git-diff-tree(1), "RAW OUTPUT FORMAT"). */
export function parseRawDiff(output: string): readonly RawChange[] {
  const fields = output.split('\0');
  const changes: RawChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode, , object] = (fields[index] ?? '').split(' ');
    const path = fields[index + 1];
    if (mode !== undefined && object !== undefined && path !== undefined) changes.push({ mode, object, path });
  }
  return changes;
}

/** Pure: the facts and files after the changes. */
export function applyDiff(before: TreeFacts, commit: string, changes: readonly RawChange[]): TreeChanges {
  const gitlinks = new Map(Object.entries(before.gitlinks));
  const changedFiles: BytePath[] = [];
  for (const { mode, object, path } of changes) {
    gitlinks.delete(path);
    if (mode === '160000') gitlinks.set(path, object);
    if (mode.startsWith('100')) changedFiles.push(path);
  }
  return { facts: { commit, gitlinks: Object.fromEntries(gitlinks) }, changedFiles };
}
