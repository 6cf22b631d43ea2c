import type { Login } from '../../ports/credentials.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { remoteEnvironment, type LoginManner } from './git-environment.ts';
import { GitFailed } from './git-failure.ts';
import { isHttp, schemeOf } from './source-url.ts';
import { sourceError, type LoginUsed } from './source-errors.ts';
import { expectGit, type GitTools } from './tools.ts';

export interface RemoteUse {
  readonly source: SourceRef;
  readonly signal: AbortSignal;
}

/** A call to the server with one login, or none. */
export type RemoteAttempt<T> = (env: Record<string, string>) => Promise<T>;

/**
 * Makes a call to the server with the login of the source's credentialId. Without a credentialId the first try is without
 * a login, and the user's credential helpers are asked only when the server wants one. Throws the errors of `sourceError`.
 */
export async function withLogin<T>(tools: GitTools, use: RemoteUse, attempt: RemoteAttempt<T>): Promise<T> {
  const { source } = use;
  const used: LoginUsed = { credentialId: source.credentialId, login: null };
  if (!isHttp(source.url))
    return orSourceError(tools, { use, used }, () => tryWith(tools, { use, login: null, attempt }));
  const credentialUse = { kind: 'source', url: source.url } as const;
  if (source.credentialId !== null) {
    const login = await tools.credentials.require(source.credentialId, credentialUse);
    return orSourceError(tools, { use, used: { ...used, login } }, () => tryWith(tools, { use, login, attempt }));
  }
  try {
    return await tryWith(tools, { use, login: null, attempt });
  } catch (error) {
    // A server that hides a repository says that there is none.
    const mayHelp = error instanceof GitFailed && (error.kind === 'login' || error.kind === 'hidden');
    const login = mayHelp ? await tools.credentials.find(credentialUse) : null;
    const again = (): Promise<T> => (login === null ? Promise.reject(error) : tryWith(tools, { use, login, attempt }));
    return orSourceError(tools, { use, used: { ...used, login } }, again);
  }
}

interface Try<T> {
  readonly use: RemoteUse;
  readonly login: Login | null;
  readonly attempt: RemoteAttempt<T>;
}

/** With a login: at once, and where the server redirects (a repository that was moved) once more when it is asked for. */
async function tryWith<T>(tools: GitTools, { use, login, attempt }: Try<T>): Promise<T> {
  const { url } = use.source;
  const network = isHttp(url) ? await tools.network(use.signal) : [];
  const environment = (manner: LoginManner): Record<string, string> =>
    remoteEnvironment(tools.environment, { url, login, manner, network });
  if (login === null) return attempt(environment('when-asked'));
  try {
    return await attempt(environment('at-once'));
  } catch (error) {
    if (!(error instanceof GitFailed) || error.kind !== 'redirected') throw error;
    return attempt(environment('when-asked'));
  }
}

async function orSourceError<T>(
  tools: GitTools,
  { use, used }: { readonly use: RemoteUse; readonly used: LoginUsed },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (
      !(error instanceof GitFailed) ||
      error.kind === 'damaged' ||
      error.kind === 'branch' ||
      error.kind === 'commit'
    ) {
      throw error;
    }
    throw sourceError({ failure: error, source: use.source, used, redactor: tools.redactor });
  }
}

const LIST_LIMIT_MS = 60_000;

/** Branches by name with the commit at their tip. With `branch`, that one at most. Throws GitFailed. */
export async function listBranches(
  env: Readonly<Record<string, string>>,
  list: { readonly url: string; readonly branch: string | null; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const { url, branch, signal } = list;
  const args = ['ls-remote', '--quiet', '--heads', ...uploadPack(url), '--', url];
  if (branch !== null) args.push(`refs/heads/${branch}`);
  const end = await expectGit({ args, env, signal, timeoutMs: LIST_LIMIT_MS });
  return parseBranches(end.stdout.toString('utf8'));
}

/** `<commit>\trefs/heads/<branch>` in each line of git ls-remote. */
export function parseBranches(listing: string): ReadonlyMap<string, string> {
  const branches = new Map<string, string>();
  for (const line of listing.split('\n')) {
    const match = /^(?<commit>[0-9a-f]{40,64})\trefs\/heads\/(?<branch>.+)$/.exec(line);
    const { commit, branch } = match?.groups ?? {};
    if (commit !== undefined && branch !== undefined) branches.set(branch, commit);
  }
  return branches;
}

/** For a repository on this machine git refuses another user's folder, and reads no configuration of ours there. */
export function uploadPack(url: string): readonly string[] {
  return schemeOf(url) === 'file' ? ["--upload-pack=git -c safe.directory='*' upload-pack"] : [];
}
