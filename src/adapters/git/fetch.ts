import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckoutError } from '../../errors/xgen-error.ts';
import { GitFailed, progressOf } from './git-failure.ts';
import { isCommitHash, readCommit } from './history.ts';
import type { Lease } from './lease.ts';
import { tidyMirror, withMirror, type Mirror } from './mirror.ts';
import { listBranches, uploadPack, withLogin, type RemoteUse } from './remote.ts';
import { branchError } from './source-errors.ts';
import { expectGit, repositoryVariables, type GitTools } from './tools.ts';

export interface FetchUse extends RemoteUse {
  readonly mirror: Mirror;
  /** Who fetches, for others who wait. */
  readonly owner: string;
  readonly onProgress: (detail: string) => void;
  /** Told when the server is being asked. */
  readonly onStart?: () => void;
}

const FETCH_LIMIT_MS = 60 * 60_000;
/** Git shows progress at least every second while anything moves. */
const SILENCE_LIMIT_MS = 90_000;

/**
 * Brings the tip of the source's branch into the mirror and says which commit it is. One round to the server, also when
 * nothing is new. Builds that wait for the same fetch share the one that begins after they asked.
 * Throws the errors of `sourceError` and `branchError`, or GitFailed where the mirror is damaged.
 */
export async function fetchBranch(tools: GitTools, use: FetchUse): Promise<string> {
  const { source, mirror } = use;
  const ref = refOf(source.branch);
  return withMirror(tools, use, async (lease) => {
    if (!(await wasFetchedSince(use, lease))) {
      const refspec = `+refs/heads/${source.branch}:${ref}`;
      await fetchOrListBranches(tools, { use, refspec, lease });
      await noteFetch(use, lease);
      await tidyMirror(tools, mirror, lease);
    }
    return readRef(tools, use, ref);
  });
}

/** Out of the file that the fetch has just written, which saves a process; git is asked where that is not how it is kept. */
async function readRef(tools: GitTools, { mirror, signal }: FetchUse, ref: string): Promise<string> {
  const text = (await readFile(join(mirror.gitDir, ref), 'utf8').catch(() => '')).trim();
  if (isCommitHash(text)) return text;
  return (await readCommit(tools, { repository: mirror, revision: ref, signal })).commit;
}

/** Brings one commit by its hash: many servers give out what a branch held earlier. Throws CHECKOUT_FAILED. */
export async function fetchCommit(tools: GitTools, use: FetchUse, commit: string): Promise<void> {
  await withMirror(tools, use, async (lease) => {
    const refspec = `+${commit}:refs/xgen/commit-${commit}`;
    try {
      await withLogin(tools, use, (env) => fetch(tools, env, { use, refspec, lease }));
    } catch (error) {
      if (!(error instanceof GitFailed) || error.kind === 'damaged') throw error;
      throw new CheckoutError({
        code: 'CHECKOUT_FAILED',
        message: `the commit ${commit} is not in ${use.source.url} any more`,
        hint: 'start a new build of the branch',
        facts: { url: use.source.url, commit },
        cause: error,
      });
    }
  });
}

interface Fetch {
  readonly use: FetchUse;
  readonly refspec: string;
  readonly lease: Lease;
}

async function fetchOrListBranches(tools: GitTools, call: Fetch): Promise<void> {
  const { use } = call;
  await withLogin(tools, use, async (env) => {
    try {
      await fetch(tools, env, call);
    } catch (error) {
      if (!(error instanceof GitFailed) || error.kind !== 'branch') throw error;
      const branches = await listBranches(env, { url: use.source.url, branch: null, signal: use.signal });
      throw branchError(use.source, [...branches.keys()]);
    }
  });
}

async function fetch(tools: GitTools, env: Record<string, string>, { use, refspec, lease }: Fetch): Promise<void> {
  const { source, mirror, signal } = use;
  const progress = reportProgress(tools, use);
  const options = ['--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-show-forced-updates'];
  await expectGit({
    args: ['fetch', '--progress', ...options, ...uploadPack(source.url), '--', source.url, refspec],
    env: { ...env, ...repositoryVariables(mirror) },
    timeoutMs: FETCH_LIMIT_MS,
    quietMs: SILENCE_LIMIT_MS,
    signal,
    onSpawn: (pid) => {
      lease.adopt(pid);
      use.onStart?.();
    },
    onStderr: (text) => progress(text),
  });
}

const PROGRESS_EVERY_MS = 500;

/** Git says every per cent; each report is an event that is kept. */
function reportProgress({ clock }: GitTools, { onProgress }: FetchUse): (stderr: string) => void {
  let nextMs = clock.monotonicMs() + PROGRESS_EVERY_MS;
  return (stderr) => {
    const detail = clock.monotonicMs() < nextMs ? null : progressOf(stderr);
    if (detail === null) return;
    nextMs = clock.monotonicMs() + PROGRESS_EVERY_MS;
    onProgress(detail);
  };
}

/** Where a mirror keeps the tip of a branch. */
export function refOf(branch: string): string {
  return `refs/xgen/${nameOfRef(branch)}`;
}

/** Hashed: a branch `a` that was deleted must not be in the way of a branch `a/b`. */
function nameOfRef(branch: string): string {
  return createHash('sha256').update(branch).digest('hex').slice(0, 20);
}

/**
 * True where a fetch of the branch, with the same login, was begun and ended under a later holder of the mirror's lease
 * than the one that was there when we asked: it cannot have missed anything.
 */
async function wasFetchedSince({ mirror, source }: FetchUse, lease: Lease): Promise<boolean> {
  const note = await readFile(noteFile(mirror, source.branch), 'utf8').catch(() => '');
  const [fence, credentialId] = note.split('\n');
  return Number(fence) > lease.askedAt && credentialId === (source.credentialId ?? '');
}

async function noteFetch({ mirror, source }: FetchUse, lease: Lease): Promise<void> {
  await mkdir(join(mirror.gitDir, 'xgen-fetched'), { recursive: true });
  await writeFile(noteFile(mirror, source.branch), `${lease.fence}\n${source.credentialId ?? ''}`);
}

function noteFile(mirror: Mirror, branch: string): string {
  return join(mirror.gitDir, 'xgen-fetched', nameOfRef(branch));
}
