import { evidenceOf, GitFailed } from './git-failure.ts';
import { discardMirror, generationOf, type Mirror } from './mirror.ts';
import type { GitTools } from './tools.ts';
import { forgetTree, type WorkTree } from './work-tree.ts';

export interface Repairable {
  readonly mirror: Mirror;
  readonly tree: WorkTree;
  readonly signal: AbortSignal;
  readonly onProgress: (detail: string) => void;
}

/**
 * Does work that reads a mirror and writes a tree; once more, with a new mirror and a tree that is written anew, where
 * git's own files turn out to be damaged.
 */
export async function withRepair<T>(tools: GitTools, repairable: Repairable, work: () => Promise<T>): Promise<T> {
  const { mirror, tree, signal, onProgress } = repairable;
  const generation = await generationOf(mirror);
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof GitFailed) || error.kind !== 'damaged') throw error;
    const evidence = evidenceOf(error.stderr);
    tools.logger.warn({ mirror: mirror.gitDir, evidence }, 'The copy of the repository is damaged and is made anew');
    onProgress('the copy of the repository is damaged, and is made anew');
    await discardMirror(tools, { mirror, generation, signal });
    await forgetTree(tree);
    return work();
  }
}
