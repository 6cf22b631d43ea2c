import { CheckoutError } from '../../errors/xgen-error.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import type { Login } from '../../ports/credentials.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { didYouMean } from '../../values/suggest.ts';
import { evidenceOf, type GitFailed, type GitFailureKind } from './git-failure.ts';

/** Which login a call was made with, for messages. */
export interface LoginUsed {
  readonly credentialId: string | null;
  readonly login: Login | null;
}

interface FailedUse {
  readonly failure: GitFailed;
  readonly source: SourceRef;
  readonly used: LoginUsed;
  readonly redactor: Redactor;
}

/** What a failed call to the server means to the person who started the build. */
export function sourceError({ failure, source, used, redactor }: FailedUse): CheckoutError {
  const { code, message, hint } = describe(failure.kind, source.url, used);
  return new CheckoutError({
    code,
    message,
    hint,
    facts: { url: source.url, branch: source.branch, credentialId: used.credentialId },
    evidence: evidenceOf(failure.stderr).map((line) => redactor.redact(line)),
    cause: failure,
  });
}

interface Description {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

function describe(kind: GitFailureKind, url: string, used: LoginUsed): Description {
  switch (kind) {
    case 'login':
      return describeRefusedLogin(url, used);
    case 'hidden':
      return {
        code: 'REPOSITORY_MISSING',
        message: `there is no repository ${url}, or ${whose(used)} may not see it`,
        hint: 'check repo in config/services.yaml and project.group in config/project.yaml, and the rights of the login',
      };
    case 'host-key':
      return {
        code: 'SOURCE_UNREACHABLE',
        message: `ssh does not know the key of the server of ${url}`,
        hint: `compare the key with your administrator, then: ssh-keyscan ${new URL(url).hostname} >> ~/.ssh/known_hosts`,
      };
    case 'certificate':
      return {
        code: 'SOURCE_UNREACHABLE',
        message: `the certificate of the server of ${url} is not trusted here`,
        hint: `name your company's CA: git config --global http.sslCAInfo /path/to/ca.pem (or GIT_SSL_CAINFO)`,
      };
    case 'unreachable':
      return {
        code: 'SOURCE_UNREACHABLE',
        message: `the git server of ${url} does not answer`,
        hint: `check network and proxy with: git ls-remote ${url}`,
      };
    case 'disk-full':
      return {
        code: 'DISK_FULL',
        message: 'no space is left for the source',
        hint: 'see df -h, or set XGEN_CACHE_DIR',
      };
    default:
      return {
        code: 'CHECKOUT_FAILED',
        message: `git could not read ${url}`,
        hint: `try it by hand: git ls-remote ${url}`,
      };
  }
}

function describeRefusedLogin(url: string, { credentialId, login }: LoginUsed): Description {
  const code = 'SOURCE_LOGIN_REFUSED';
  if (login === null) {
    return isSsh(url)
      ? {
          code,
          message: `the git server refused the ssh keys of this machine for ${url}`,
          hint: `try: ssh -T ${sshTarget(url)}`,
        }
      : {
          code,
          message: `the git server wants a login for ${url}, and none is configured`,
          hint: 'set gitlab.credentialId (or github.credentialId) in config/project.yaml',
        };
  }
  const which = credentialId === null ? 'the login' : `credentialId "${credentialId}"`;
  return {
    code,
    message: `the git server refused ${which} for ${url}; it came from ${login.from}`,
    hint: 'check that the token is not expired and may read the repository (GitLab: read_repository)',
  };
}

function whose({ credentialId, login }: LoginUsed): string {
  if (login === null) return 'a visitor without a login';
  return credentialId === null ? `the login from ${login.from}` : `credentialId "${credentialId}" (from ${login.from})`;
}

function isSsh(url: string): boolean {
  return new URL(url).protocol === 'ssh:';
}

function sshTarget(url: string): string {
  const { username, hostname, port } = new URL(url);
  return `${port === '' ? '' : `-p ${port} `}${username === '' ? '' : `${username}@`}${hostname}`;
}

const BRANCHES_SHOWN = 20;

/** The branch is not there; `branches` are those that are. */
export function branchError(source: SourceRef, branches: readonly string[]): CheckoutError {
  const facts = { url: source.url, branch: source.branch, credentialId: source.credentialId };
  if (branches.length === 0) {
    return new CheckoutError({
      code: 'REPOSITORY_EMPTY',
      message: `the repository ${source.url} has no branch yet`,
      hint: `push a first commit: git push origin HEAD:refs/heads/${source.branch}`,
      facts,
    });
  }
  const more = branches.length > BRANCHES_SHOWN ? ` and ${branches.length - BRANCHES_SHOWN} more` : '';
  return new CheckoutError({
    code: 'BRANCH_MISSING',
    message: `${source.url} has no branch "${source.branch}"${didYouMean(source.branch, branches)}`,
    hint: `make the branch, or name another under services.<name>.branches in config/services.yaml`,
    facts,
    evidence: [`branches that are there: ${branches.slice(0, BRANCHES_SHOWN).join(', ')}${more}`],
  });
}
