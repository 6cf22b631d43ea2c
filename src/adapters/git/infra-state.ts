import type { InfraState } from '../../ports/sources.ts';
import { localEnvironment, type Environment } from './git-environment.ts';
import { runGit } from './run-git.ts';

const LIMIT_MS = 20_000;
const NO_CHECKOUT: InfraState = { commit: null, dirty: false };

/**
 * The commit of the infra checkout, and whether `config` or `dockerfiles` differ from it (files that are not tracked
 * count too: a build would use them). Writes nothing. A checkout without a commit is no checkout. Throws CHECKOUT_FAILED
 * where git is not installed.
 */
export async function readInfraState(environment: Environment, infraRoot: string): Promise<InfraState> {
  const common = { env: localEnvironment(environment), cwd: infraRoot, timeoutMs: LIMIT_MS, signal: null };
  const [head, status] = await Promise.all([
    runGit({ ...common, args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] }),
    runGit({
      ...common,
      args: ['status', '--porcelain', '-z', '--untracked-files=all', '--', 'config', 'dockerfiles'],
    }),
  ]);
  if (head.exitCode !== 0) return NO_CHECKOUT;
  return { commit: head.stdout.toString('utf8').trim(), dirty: status.exitCode !== 0 || status.stdout.length > 0 };
}
