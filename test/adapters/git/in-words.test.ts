import { describe, expect, it } from 'vitest';
import { GitFailed } from '../../../src/adapters/git/git-failure.ts';
import { inWords } from '../../../src/adapters/git/in-words.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { UsageError } from '../../../src/errors/xgen-error.ts';

const OUTSIDE = { cacheDir: '/cache', redactor: createRedactor() };
const SOURCE = { url: 'http://git/x/y.git', branch: 'main', credentialId: null, submodules: false };

function system(code: string): Error {
  return Object.assign(new Error(`${code}: no, mkdir '/cache/leases'`), { code });
}

describe('an error of the checkout', () => {
  it.each(['EACCES', 'EEXIST', 'ENOTDIR', 'EROFS', 'ENOENT', 'ELOOP'])('names the cache after %s', (code) => {
    expect(inWords(OUTSIDE, SOURCE, system(code))).toMatchObject({
      code: 'CHECKOUT_FAILED',
      message: expect.stringMatching(/^the cache \/cache cannot be used: /),
      hint: expect.stringContaining('XGEN_CACHE_DIR'),
    });
  });

  it.each(['ENOSPC', 'EDQUOT'])('is a full disk after %s', (code) => {
    expect(inWords(OUTSIDE, SOURCE, system(code))).toMatchObject({ code: 'DISK_FULL' });
  });

  it('blames the repository for a path that git does not write', () => {
    const failed = new GitFailed('read-tree', {
      exitCode: 128,
      stderr: "error: invalid path '.git'\n",
      timedOutMs: null,
    });
    const words = inWords(OUTSIDE, SOURCE, failed);
    expect(words).toMatchObject({ code: 'CHECKOUT_FAILED', evidence: ["error: invalid path '.git'"] });
    expect(words).toMatchObject({ hint: expect.stringContaining('take it out of the branch') });
  });

  it('stays what it is where it is said already, or is a fault of ours', () => {
    const said = new UsageError({ code: 'USAGE', message: 'x' });
    const fault = new TypeError('x is not a function');
    expect([inWords(OUTSIDE, SOURCE, said), inWords(OUTSIDE, SOURCE, fault)]).toEqual([said, fault]);
  });
});
