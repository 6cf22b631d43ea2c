import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { gitVersion, parseGitVersion } from '../../../src/adapters/git/git-version.ts';
import { errorOf } from '../../config/infra-root.ts';

const never = new AbortController().signal;

/** A folder for PATH, with a `git` that says something. */
async function pathWith(script: string | null): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xgen-git-version-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (script !== null) {
    await writeFile(join(folder, 'git'), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, 'git'), 0o755);
  }
  return folder;
}

it.each([
  ['git version 2.39.5\n', '2.39.5'],
  ['git version 2.39.5 (Apple Git-154)\n', '2.39.5'],
  ['git version 2.51.0.windows.1\n', '2.51.0'],
  ['git version 2.53.0-rc1\n', '2.53.0'],
  ['xcrun: error: no developer tools', null],
  ['', null],
])('reads %j', (text, version) => {
  expect(parseGitVersion(text)).toBe(version);
});

it('asks the git on the PATH', async () => {
  const PATH = await pathWith('echo "git version 2.41.0"');
  expect(await gitVersion({ PATH }, never)).toBe('2.41.0');
});

it('says what installs git where there is none', async () => {
  const PATH = await pathWith(null);
  expect(await errorOf(gitVersion({ PATH }, never))).toMatchObject({
    code: 'CHECKOUT_FAILED',
    message: 'git is not installed, or is not on the PATH',
    hint: 'sudo apt-get install git',
  });
});

it('quotes a git that does not work', async () => {
  const PATH = await pathWith('echo "xcrun: no developer tools" >&2; exit 1');
  expect(await errorOf(gitVersion({ PATH }, never))).toMatchObject({
    message: 'the git on the PATH does not work',
    evidence: ['git --version says "xcrun: no developer tools"'],
  });
});
