import type { SourceCommit } from '../../ports/sources.ts';
import { GitFailed } from './git-failure.ts';
import { runGit } from './run-git.ts';
import { expectGit, localCall, type GitTools, type Repository } from './tools.ts';

const MOST_COMMITS = 100;
const FORMAT_FIELDS = '%H%x00%s%x00%an';
const FORMAT = `--format=${FORMAT_FIELDS}`;

interface Lookup {
  readonly repository: Repository;
  readonly revision: string;
  readonly signal: AbortSignal;
}

/** Throws GitFailed where the repository does not hold the revision, or is damaged. */
export async function readCommit(tools: GitTools, { repository, revision, signal }: Lookup): Promise<SourceCommit> {
  const args = ['log', '-1', '-z', FORMAT, '--end-of-options', revision];
  const end = await expectGit(localCall(tools, { repository, args, signal }));
  const commit = parseLog(end.stdout.toString('utf8'))[0];
  if (commit === undefined) throw new GitFailed('log', { ...end, stderr: `fatal: bad object ${revision}` });
  return commit;
}

/** A commit, and those since an earlier one as `readRange` gives them; `since` undefined where they are not known yet. */
export interface HeadAndRange {
  readonly head: SourceCommit;
  readonly since: readonly SourceCommit[] | null | undefined;
}

/** Both by one process of git where the history is as it mostly is. Throws as `readCommit`. */
export async function readHeadAndRange(
  tools: GitTools,
  lookup: Lookup & { since: string | null },
): Promise<HeadAndRange> {
  const { repository, revision, since, signal } = lookup;
  if (since !== null && since !== revision && isCommitHash(since) && isCommitHash(revision)) {
    // Both sides: what only the earlier one has says that it is no ancestor.
    const options = ['-z', '--left-right', `--format=%m%x00${FORMAT_FIELDS}`, `--max-count=${MOST_COMMITS + 1}`];
    const args = ['log', ...options, `${since}...${revision}`];
    const end = await runGit(localCall(tools, { repository, args, signal }));
    const known = end.exitCode === 0 ? headAndRangeIn(end.stdout.toString('utf8'), revision) : null;
    if (known !== null) return known;
  }
  return { head: await readCommit(tools, { repository, revision, signal }), since: undefined };
}

/** Null where the list may go on, or does not hold the revision. */
export function headAndRangeIn(output: string, revision: string): HeadAndRange | null {
  const fields = output.split('\0');
  const marks = fields.filter((_, index) => index % 4 === 0 && index + 3 < fields.length);
  const commits = parseLog(fields.filter((_, index) => index % 4 !== 0).join('\0'));
  const head = commits.find(({ commit }) => commit === revision);
  if (head === undefined || commits.length > MOST_COMMITS) return null;
  return { head, since: marks.every((mark) => mark === '>') ? commits : null };
}

/** True where the repository holds the commit itself. */
export async function hasCommit(tools: GitTools, { repository, revision, signal }: Lookup): Promise<boolean> {
  const end = await runGit(localCall(tools, { repository, args: ['cat-file', '-e', `${revision}^{commit}`], signal }));
  return end.exitCode === 0;
}

/** Commits after `from` up to `to`, newest first, 100 at most; null where `from` is not an ancestor of `to`. */
export async function readRange(
  tools: GitTools,
  range: { readonly repository: Repository; readonly from: string; readonly to: string; readonly signal: AbortSignal },
): Promise<readonly SourceCommit[] | null> {
  const { repository, from, to, signal } = range;
  if (!isCommitHash(from) || !isCommitHash(to)) return null;
  const args = ['log', '-z', FORMAT, `--max-count=${MOST_COMMITS}`, `${from}..${to}`];
  const [related, log] = await Promise.all([
    runGit(localCall(tools, { repository, args: ['merge-base', '--is-ancestor', from, to], signal })),
    runGit(localCall(tools, { repository, args, signal })),
  ]);
  if (related.exitCode !== 0) return null;
  if (log.exitCode !== 0 || log.timedOutMs !== null) throw new GitFailed('log', log);
  return parseLog(log.stdout.toString('utf8'));
}

/** 40 hexadecimal digits, 64 in a repository of the newer kind: nothing else may be taken for a commit, or an option. */
export function isCommitHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Commit, subject and author, three times NUL per commit. */
export function parseLog(output: string): readonly SourceCommit[] {
  const fields = output.split('\0');
  const commits: SourceCommit[] = [];
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [commit = '', subject = '', author = ''] = fields.slice(index, index + 3);
    commits.push({ commit, subject: printable(subject), author: printable(author) });
  }
  return commits;
}

/** A subject is written by whoever could push; control characters would reach the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
