import { describe, expect, test } from 'vitest';
import { GitFailed } from '../../../src/adapters/git/git-failure.ts';
import { branchError, sourceError } from '../../../src/adapters/git/source-errors.ts';
import type { CheckoutError } from '../../../src/errors/xgen-error.ts';
import type { Redactor } from '../../../src/ports/redactor.ts';

const SOURCE = {
  url: 'https://git.example.com/g/r.git',
  branch: 'lotteimal',
  credentialId: 'gitlab-token',
  submodules: false,
};
const LOGIN = { username: '', password: 's3cret-token', from: 'environment XGEN_CREDENTIAL_GITLAB_TOKEN' };
const REDACTOR: Redactor = {
  add: () => {},
  redact: (text) => text.replaceAll(LOGIN.password, '***'),
  redactData: (data) => data,
  stream: () => ({ write: (chunk) => chunk, end: () => '' }),
};

function errorFor(stderr: string, login: typeof LOGIN | null = LOGIN): CheckoutError {
  const failure = new GitFailed('fetch', { exitCode: 128, stderr, timedOutMs: null });
  const credentialId = login === null ? null : SOURCE.credentialId;
  return sourceError({ failure, source: SOURCE, used: { credentialId, login }, redactor: REDACTOR });
}

describe('sourceError', () => {
  test('a refused login says which credentialId was used and where it came from', () => {
    const error = errorFor(
      `remote: denied ${LOGIN.password}\nfatal: Authentication failed for 'https://git.example.com/'`,
    );
    expect(error.code).toBe('SOURCE_LOGIN_REFUSED');
    expect(error.message).toContain('"gitlab-token"');
    expect(error.message).toContain('environment XGEN_CREDENTIAL_GITLAB_TOKEN');
    expect(JSON.stringify(error.evidence)).toContain('***');
    expect(JSON.stringify([error.message, error.hint, error.facts, error.evidence])).not.toContain(LOGIN.password);
  });

  test('without a login it says where to configure one', () => {
    const error = errorFor("fatal: could not read Username for 'https://git.example.com'", null);
    expect(error).toMatchObject({
      code: 'SOURCE_LOGIN_REFUSED',
      hint: expect.stringContaining('credentialId') as string,
    });
  });

  test.each([
    ["fatal: repository 'https://git.example.com/g/r.git/' not found", 'REPOSITORY_MISSING', 'services.yaml'],
    ['fatal: unable to access: Could not resolve host: git.example.com', 'SOURCE_UNREACHABLE', 'git ls-remote'],
    ['SSL certificate problem: self-signed certificate', 'SOURCE_UNREACHABLE', 'http.sslCAInfo'],
    ['Host key verification failed.', 'SOURCE_UNREACHABLE', 'known_hosts'],
    ['fatal: write error: No space left on device', 'DISK_FULL', 'df -h'],
    ['fatal: what nobody knows', 'CHECKOUT_FAILED', 'git ls-remote'],
  ])('%s is %s and says what to do', (stderr, code, hint) => {
    expect(errorFor(stderr)).toMatchObject({ code, hint: expect.stringContaining(hint) as string });
  });
});

describe('branchError', () => {
  test('names the branches that are there, and the one that was meant', () => {
    const error = branchError(SOURCE, ['aww', 'lotteimall', 'main']);
    expect(error.code).toBe('BRANCH_MISSING');
    expect(error.message).toContain('did you mean "lotteimall"?');
    expect(error.evidence).toEqual(['branches that are there: aww, lotteimall, main']);
  });

  test('names twenty of many', () => {
    const many = Array.from({ length: 25 }, (_, index) => `b${index}`);
    expect(branchError(SOURCE, many).evidence[0]).toMatch(/b19 and 5 more$/);
  });

  test('a repository without any branch is empty', () => {
    expect(branchError(SOURCE, []).code).toBe('REPOSITORY_EMPTY');
  });
});
