import { CheckoutError } from '../../errors/xgen-error.ts';
import { quote } from '../../values/quote.ts';
import { localEnvironment, type Environment } from './git-environment.ts';
import { runGit, type GitEnd } from './run-git.ts';

const VERSION_LIMIT_MS = 10_000;

/**
 * The version of the git on the PATH: `2.39.5`. Throws CHECKOUT_FAILED where git is not installed, cannot be started or
 * says something else, or the signal's AbortReason.
 */
export async function gitVersion(environment: Environment, signal: AbortSignal): Promise<string> {
  const end = await askVersion(environment, signal);
  const version = end.exitCode === 0 ? parseGitVersion(end.stdout.toString('utf8')) : null;
  if (version !== null) return version;
  const said = end.stdout.toString('utf8').trim() || end.stderr.trim();
  throw new CheckoutError({
    code: 'CHECKOUT_FAILED',
    message: end.timedOutMs === null ? 'the git on the PATH does not work' : 'git --version does not end',
    hint: 'see which one it is and what it says: command -v git; git --version',
    evidence: said === '' ? [] : [`git --version says ${quote(said)}`],
  });
}

/** `git version 2.39.5 (Apple Git-154)` is 2.39.5; null for anything else. */
export function parseGitVersion(text: string): string | null {
  return /^git version (?<version>\d+(?:\.\d+)+)/.exec(text)?.groups?.['version'] ?? null;
}

async function askVersion(environment: Environment, signal: AbortSignal): Promise<GitEnd> {
  const env = localEnvironment(environment);
  try {
    return await runGit({ args: ['--version'], env, timeoutMs: VERSION_LIMIT_MS, signal });
  } catch (error) {
    throw isMissing(error) ? notInstalled(error) : error;
  }
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof CheckoutError ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

function notInstalled(cause: unknown): CheckoutError {
  return new CheckoutError({
    code: 'CHECKOUT_FAILED',
    message: 'git is not installed, or is not on the PATH',
    hint: 'sudo apt-get install git',
    cause,
  });
}
