import type { ResolvingAhead, SourceRef, Sources } from '../../ports/sources.ts';
import { createAskTip } from './ask-tip.ts';
import { checkOut } from './checkout.ts';
import { fetchBranch } from './fetch.ts';
import type { Setting } from './git-environment.ts';
import { GitFailed } from './git-failure.ts';
import { hasCommit, readRange } from './history.ts';
import { readInfraState } from './infra-state.ts';
import { mirrorOf } from './mirror.ts';
import { proxyPasswords, readNetworkSettings } from './network-settings.ts';
import { listBranches, withLogin } from './remote.ts';
import { inWords } from './in-words.ts';
import { branchError } from './source-errors.ts';
import { createPrefetches, type Prefetches } from './prefetch.ts';
import { requireSource } from './source-url.ts';
import { tidyCache } from './tidy-cache.ts';
import type { GitTools } from './tools.ts';

/**
 * Git by the git program. `cacheDir` is absolute and is made when it is first written to; `environment` is that of this
 * process, of which git is given what `git-environment.ts` names.
 */
export function createSources(outside: Omit<GitTools, 'network'>): Sources {
  let settings: Promise<readonly Setting[]> | null = null;
  const network = (signal: AbortSignal): Promise<readonly Setting[]> => {
    settings ??= readSettings(outside, signal).catch((error: unknown) => {
      // An abort of one build must not stay with the next one.
      settings = null;
      throw error;
    });
    return settings;
  };
  const tools: GitTools = { ...outside, network };
  const prefetches = createPrefetches(tools);
  const askTip = createAskTip(tools);
  return {
    prepare() {
      // A failure is heard of by who needs them.
      void network(new AbortController().signal).catch(() => {});
    },
    resolve: (source, signal) =>
      orInWords(tools, source, async () => {
        requireSource(source);
        return (await askTip(source, signal)) ?? resolveTip(tools, source, signal);
      }),
    tidyCache: (order) => tidyCache(tools, order),
    checkout: (request) => checkOut(tools, request, prefetches.take(request.source)),
    resolveAhead: (source, signal) => resolveAhead({ tools, prefetches, source, signal }),
    commitsBetween: (range) => orInWords(tools, range.source, () => readCommitsBetween(tools, range)),
    infraState: (infraRoot) => readInfraState(tools.environment, infraRoot),
  };
}

async function orInWords<T>(tools: GitTools, source: SourceRef, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(tools, source, error);
  }
}

async function readSettings(outside: Omit<GitTools, 'network'>, signal: AbortSignal): Promise<readonly Setting[]> {
  const settings = await readNetworkSettings(outside.environment, signal);
  for (const password of proxyPasswords(settings, outside.environment)) outside.redactor.add(password);
  return settings;
}

async function resolveTip(tools: GitTools, source: SourceRef, signal: AbortSignal): Promise<string> {
  requireSource(source);
  return withLogin(tools, { source, signal }, async (env) => {
    const { url, branch } = source;
    const tip = (await listBranches(env, { url, branch, signal })).get(branch);
    if (tip !== undefined) return tip;
    throw branchError(source, [...(await listBranches(env, { url, branch: null, signal })).keys()]);
  });
}

function resolveAhead(ahead: {
  tools: GitTools;
  prefetches: Prefetches;
  source: SourceRef;
  signal: AbortSignal;
}): ResolvingAhead {
  const { tools, prefetches, source, signal } = ahead;
  const asking = Promise.withResolvers<void>();
  const ask = async (): Promise<string> => {
    requireSource(source);
    if (!(await prefetches.hasCopy(source))) return resolveTip(tools, source, signal);
    const { asked, tip } = prefetches.begin(source, signal);
    void asked.then(asking.resolve);
    return tip.catch((error: unknown) => {
      // A damaged copy is the checkout's to mend.
      if (error instanceof GitFailed) return resolveTip(tools, source, signal);
      throw error;
    });
  };
  const tip = orInWords(tools, source, ask);
  const settled = tip.then(
    () => undefined,
    () => undefined,
  );
  return { asked: Promise.race([asking.promise, settled]), tip };
}

async function readCommitsBetween(
  tools: GitTools,
  { source, from, to, signal }: Parameters<Sources['commitsBetween']>[0],
): ReturnType<Sources['commitsBetween']> {
  requireSource(source);
  const repository = mirrorOf(tools, source.url);
  const isHere = async (revision: string): Promise<boolean> => hasCommit(tools, { repository, revision, signal });
  if (!(await isHere(from)) || !(await isHere(to))) {
    await fetchBranch(tools, { source, mirror: repository, owner: 'history', signal, onProgress: () => {} });
  }
  return readRange(tools, { repository, from, to, signal });
}
