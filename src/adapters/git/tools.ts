import type { Clock } from '../../ports/clock.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Redactor } from '../../ports/redactor.ts';
import { GitFailed } from './git-failure.ts';
import { localEnvironment, type Environment, type Setting } from './git-environment.ts';
import { runGit, type GitCall, type GitEnd } from './run-git.ts';

/** What every part of this adapter is handed. */
export interface GitTools {
  /** Absolute. `mirrors`, `trees` and `leases` are made in it. */
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly environment: Environment;
  /** The user's proxy and CA settings, read once. */
  readonly network: (signal: AbortSignal) => Promise<readonly Setting[]>;
}

const LOCAL_LIMIT_MS = 10 * 60_000;

/** A git call that must succeed. Throws GitFailed, or the signal's AbortReason. */
export async function expectGit(call: GitCall): Promise<GitEnd> {
  const end = await runGit(call);
  if (end.exitCode !== 0 || end.timedOutMs !== null) throw new GitFailed(call.args[0] ?? '', end);
  return end;
}

export interface Repository {
  readonly gitDir: string;
  /** Null for a bare repository. */
  readonly workTree: string | null;
}

/** A call inside one of our own repositories, which reaches no server. */
export interface LocalCall {
  readonly repository: Repository;
  readonly args: readonly string[];
  readonly signal: AbortSignal | null;
  readonly onSpawn?: (pid: number) => void;
}

export function localCall(tools: GitTools, call: LocalCall): GitCall {
  const { workTree } = call.repository;
  return {
    args: call.args,
    env: { ...localEnvironment(tools.environment), ...repositoryVariables(call.repository) },
    // A bare repository may not be there (yet); git says so itself, where a missing folder to run in would not.
    cwd: workTree ?? '/',
    timeoutMs: LOCAL_LIMIT_MS,
    signal: call.signal,
    ...(call.onSpawn === undefined ? {} : { onSpawn: call.onSpawn }),
  };
}

/** Which repository git works in: said, never looked for. */
export function repositoryVariables(repository: Repository): Record<string, string> {
  const { gitDir, workTree } = repository;
  return workTree === null ? { GIT_DIR: gitDir } : { GIT_DIR: gitDir, GIT_WORK_TREE: workTree };
}

/** As Promise.all, but nothing is still running when it rejects: what follows may remove the files it worked on. */
export async function together<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}
