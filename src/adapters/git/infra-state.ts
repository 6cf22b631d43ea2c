import type { InfraState } from '../../ports/sources.ts';
import { localEnvironment, type Environment } from './git-environment.ts';
import { runGit } from './run-git.ts';

const LIMIT_MS = 20_000;
const NO_CHECKOUT: InfraState = { commit: null, dirty: false, behind: null };

/**
 * The commit of the infra checkout, whether `config` or `dockerfiles` differ from it (files that are not tracked count
 * too: a build would use them), and how far it is behind the remote-tracking branch as it was fetched last. Writes
 * nothing. A checkout without a commit is no checkout. Throws CHECKOUT_FAILED where git is not installed.
 */
export async function readInfraState(environment: Environment, infraRoot: string): Promise<InfraState> {
  const { exitCode, stdout } = await runGit({
    args: ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all', '--', 'config', 'dockerfiles'],
    env: localEnvironment(environment),
    cwd: infraRoot,
    timeoutMs: LIMIT_MS,
    signal: null,
  });
  return exitCode === 0 ? parseStatus(stdout.toString('utf8')) : NO_CHECKOUT;
}

/** The state out of `git status --porcelain=v2 --branch -z`: headers begin with `#`, everything else is a change. */
export function parseStatus(text: string): InfraState {
  const entries = text.split('\0').filter((entry) => entry !== '');
  const header = (name: string): string | null =>
    entries.find((entry) => entry.startsWith(`# ${name} `))?.slice(name.length + 3) ?? null;
  const commit = header('branch.oid');
  if (commit === null || !/^[0-9a-f]{40,64}$/.test(commit)) return NO_CHECKOUT;
  const behind = /^\+\d+ -(?<behind>\d+)$/.exec(header('branch.ab') ?? '')?.groups?.['behind'];
  const dirty = entries.some((entry) => !entry.startsWith('# '));
  return { commit, dirty, behind: behind === undefined ? null : Number(behind) };
}
