import { CheckoutError } from '../../errors/xgen-error.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { fetchCommit } from './fetch.ts';
import { hasCommit } from './history.ts';
import { absolutePath, refuseLfsPointers } from './lfs.ts';
import { mirrorOf, type Mirror } from './mirror.ts';
import { withRepair } from './repair.ts';
import { listSubmodules, type Submodule } from './submodules.ts';
import { together, type GitTools } from './tools.ts';
import { keepFacts, readChanges } from './tree-changes.ts';
import { emptyFolder, prepareTree, resetTree, restoreTree, type WorkTree } from './work-tree.ts';

/** Submodules inside submodules; deeper ones are a loop, or nobody's intent. */
const DEEPEST = 5;

export interface Population {
  readonly source: SourceRef;
  readonly mirror: Mirror;
  readonly tree: WorkTree;
  readonly commit: string;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly onSpawn: (pid: number) => void;
  readonly onProgress: (detail: string) => void;
}

/** A tree and the commit that its files are at. */
export interface PopulatedTree {
  readonly tree: WorkTree;
  readonly commit: string;
}

/**
 * Brings a work tree, and its submodules where they are asked for, to a commit that the mirror holds; returns the trees,
 * the outermost first. Throws LFS_POINTER, SUBMODULE_REFUSED, the errors of fetching, and GitFailed.
 */
export async function populate(tools: GitTools, population: Population, depth = 0): Promise<readonly PopulatedTree[]> {
  const { tree, commit, source, signal } = population;
  await prepareTree(tools, population);
  const [{ facts, changedFiles }] = await together(readChanges(tools, population), resetTree(tools, population));
  await refuseLfsPointers(tree, changedFiles, signal);
  await keepFacts(tree, facts);
  const trees: PopulatedTree[] = [{ tree, commit }];
  if (!source.submodules) {
    for (const path of Object.keys(facts.gitlinks)) await emptyFolder(absolutePath(tree, path));
    return trees;
  }
  for (const submodule of await listSubmodules(tools, { update: population, facts, source })) {
    trees.push(...(await populateSubmodule(tools, { population, submodule, depth: depth + 1 })));
  }
  return trees;
}

async function populateSubmodule(
  tools: GitTools,
  { population, submodule, depth }: { population: Population; submodule: Submodule; depth: number },
): Promise<readonly PopulatedTree[]> {
  const { source, commit, tree } = submodule;
  if (depth > DEEPEST) {
    throw new CheckoutError({
      code: 'CHECKOUT_FAILED',
      message: `submodules are nested deeper than ${DEEPEST} levels at ${source.url}`,
      hint: 'see whether a submodule holds itself',
      facts: { url: source.url },
    });
  }
  const mirror = mirrorOf(tools, source.url);
  const next: Population = { ...population, source, commit, tree, mirror };
  return withRepair(tools, next, async () => {
    if (!(await hasCommit(tools, { repository: mirror, revision: commit, signal: population.signal }))) {
      await fetchCommit(tools, next, commit);
    }
    return populate(tools, next, depth);
  });
}

/** Takes away what a build added to the trees, and puts back what it replaced. Not stopped by an abort. */
export async function restore(
  tools: GitTools,
  trees: readonly PopulatedTree[],
  onSpawn: (pid: number) => void,
): Promise<void> {
  for (const { tree, commit } of trees) await restoreTree(tools, { tree, commit, onSpawn, signal: null });
}
