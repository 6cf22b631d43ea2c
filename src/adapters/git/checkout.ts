import { join } from 'node:path';
import { CheckoutError } from '../../errors/xgen-error.ts';
import type { CheckoutRequest, SourceTree } from '../../ports/sources.ts';
import { requireName, SERVICE_NAME, SITE_NAME } from '../../values/names.ts';
import { fetchBranch, fetchCommit, type FetchUse } from './fetch.ts';
import { hasCommit, isCommitHash, readHeadAndRange, readRange, type HeadAndRange } from './history.ts';
import { takeLease, type Lease } from './lease.ts';
import { mirrorOf } from './mirror.ts';
import { populate, restore, type PopulatedTree } from './populate.ts';
import { inWords } from './in-words.ts';
import { withRepair } from './repair.ts';
import { cacheName, isHttp, requireSource } from './source-url.ts';
import { together, type GitTools } from './tools.ts';
import { sharedKeyOf, type WorkTree } from './work-tree.ts';

/** See `Sources.checkout`. `prefetched` is the tip that a fetch of this moment brings, where one was begun before. */
export async function checkOut(
  tools: GitTools,
  request: CheckoutRequest,
  prefetched: Promise<string | null> | null,
): Promise<SourceTree> {
  requireRequest(request);
  const { service, site, signal } = request;
  const { name, tree } = treeOf(tools, request);
  // Read while the lease is taken; whoever needs them waits for them, and hears of a failure.
  if (isHttp(request.source.url)) void tools.network(signal).catch(() => {});
  const lease = await takeLease({
    directory: join(tools.cacheDir, 'leases', `tree-${name}`),
    owner: `${service} ${site}`,
    clock: tools.clock,
    signal,
    onWait(holder) {
      tools.logger.info({ tree: tree.workTree, holder }, 'Waiting for another build to give back the work tree');
      request.onProgress?.('waits for another build to give back the work tree');
    },
  }).catch((error: unknown) => {
    throw inWords(tools, request.source, error);
  });
  try {
    const populated = await fetchAndPopulate(tools, request, { tree, lease, prefetched });
    return await leasedTree(tools, request, { ...populated, lease, tree });
  } catch (error) {
    await lease.release();
    throw inWords(tools, request.source, error);
  }
}

function requireRequest({ source, service, site, commit }: CheckoutRequest): void {
  requireSource(source);
  requireName(SERVICE_NAME, service);
  requireName(SITE_NAME, site);
  if (commit === null || isCommitHash(commit)) return;
  throw new CheckoutError({ code: 'CHECKOUT_FAILED', message: 'what should be a commit is not a commit hash' });
}

/** Where the work tree of a service and site is, in its folder. */
export function treeOf(
  tools: GitTools,
  { source, service, site }: Pick<CheckoutRequest, 'source' | 'service' | 'site'>,
): { name: string; folder: string; tree: WorkTree } {
  const identity = [service, site, source.url, source.submodules];
  const folder = join(tools.cacheDir, 'trees', service, cacheName(site, identity));
  const tree = { gitDir: join(folder, 'git'), workTree: join(folder, 'tree') };
  return { name: cacheName(`${service}-${site}`, identity), folder, tree };
}

interface Populated extends HeadAndRange {
  readonly trees: readonly PopulatedTree[];
}

async function fetchAndPopulate(
  tools: GitTools,
  request: CheckoutRequest,
  { tree, lease, prefetched }: { tree: WorkTree; lease: Lease; prefetched: Promise<string | null> | null },
): Promise<Populated> {
  const { source, service, site, signal } = request;
  const mirror = mirrorOf(tools, source.url);
  const onProgress = (detail: string): void => request.onProgress?.(detail);
  const use = { source, mirror, owner: `${service} ${site}`, signal, onProgress };
  let brought = prefetched;
  return withRepair(tools, { ...use, tree }, async () => {
    const early = await brought;
    // What was brought into a mirror that turns out to be damaged is gone with it: the second try fetches.
    brought = null;
    const commit = request.commit === null && early !== null ? early : await findCommit(tools, request, use);
    const [found, trees] = await together(
      readHeadAndRange(tools, { repository: mirror, revision: commit, since: request.since, signal }),
      populate(tools, { ...use, tree, commit, onSpawn: lease.adopt }),
    );
    return { ...found, trees };
  });
}

/** The tip of the branch, or the commit that was asked for: that one without the server, where it is here already. */
async function findCommit(tools: GitTools, { commit, signal }: CheckoutRequest, use: FetchUse): Promise<string> {
  if (commit === null) return fetchBranch(tools, use);
  const lookup = { repository: use.mirror, revision: commit, signal };
  if (!(await hasCommit(tools, lookup))) await fetchBranch(tools, use);
  if (!(await hasCommit(tools, lookup))) await fetchCommit(tools, use, commit);
  return commit;
}

async function leasedTree(
  tools: GitTools,
  { source, since: asked }: CheckoutRequest,
  { lease, head, since, trees, tree }: Populated & { readonly lease: Lease; readonly tree: WorkTree },
): Promise<SourceTree> {
  let released: Promise<void> | null = null;
  const release = async (): Promise<void> => {
    try {
      await restore(tools, trees, lease.adopt);
    } finally {
      await lease.release();
    }
  };
  return {
    directory: tree.workTree,
    head,
    sharedKey: await sharedKeyOf(tree),
    commitsSince: async (from, signal) =>
      since !== undefined && from === asked
        ? since
        : readRange(tools, { repository: mirrorOf(tools, source.url), from, to: head.commit, signal }),
    release: () => (released ??= release()),
  };
}
