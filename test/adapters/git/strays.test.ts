import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mayHoldStrays, trackedPaths } from '../../../src/adapters/git/strays.ts';

let root = '';
let tree = { gitDir: '', workTree: '' };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'xgen-strays-'));
  tree = { gitDir: join(root, 'git'), workTree: join(root, 'tree') };
  mkdirSync(tree.workTree);
  git('init', '--quiet', '--bare', '--template=', tree.gitDir);
  for (const path of ['a', 'b/c', 'b/d/e', 'long-enough', 'eight-by', 'with blank', 'ü/ö', 'line\nbreak']) put(path);
  symlinkSync('a', join(tree.workTree, 'link'));
  writeFileSync(join(tree.workTree, 'run.sh'), '', { mode: 0o755 });
  git('add', '--all');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function git(...args: readonly string[]): Buffer {
  const environment = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const repository = args[0] === 'init' ? {} : { GIT_DIR: tree.gitDir, GIT_WORK_TREE: tree.workTree };
  return execFileSync('git', args, { cwd: tree.workTree, env: { ...environment, ...repository } });
}

function put(path: string): void {
  mkdirSync(dirname(join(tree.workTree, path)), { recursive: true });
  writeFileSync(join(tree.workTree, path), path);
}

function index(): Buffer {
  return readFileSync(join(tree.gitDir, 'index'));
}

test('an index names the paths that git lists', () => {
  const listed = git('ls-files', '-z').toString('latin1').split('\0').slice(0, -1);
  expect(listed.length).toBe(10);
  expect(trackedPaths(index())).toEqual(listed);
});

describe('an index that is not understood is git to read', () => {
  test.each([
    ['of another version', () => git('update-index', '--index-version', '4')],
    ['with a file that is said to be unchanged', () => git('update-index', '--assume-unchanged', 'a')],
    ['with a file that is left out', () => git('update-index', '--skip-worktree', 'a')],
    ['with a file that is to be added', () => (put('new'), git('add', '--intent-to-add', 'new'))],
    ['with a submodule', () => git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`)],
    ['that is damaged', () => damage((bytes) => bytes.fill(0x61, 80, 82))],
    ['that is cut off', () => damage((bytes) => bytes.subarray(0, 200))],
    ['that is empty', () => damage(() => Buffer.alloc(0))],
  ])('%s', async (_, change) => {
    change();
    expect(trackedPaths(index())).toBeNull();
    expect(await mayHoldStrays(tree)).toBe(true);
  });

  test('of SHA-256', async () => {
    rmSync(tree.gitDir, { recursive: true });
    git('init', '--quiet', '--bare', '--template=', '--object-format=sha256', tree.gitDir);
    git('add', '--all');
    expect(trackedPaths(index())).toBeNull();
  });

  function damage(change: (bytes: Buffer) => Buffer): void {
    writeFileSync(join(tree.gitDir, 'index'), change(index()));
  }
});

describe('strays', () => {
  test('are none in a tree as its index has it, with files changed or gone', async () => {
    expect(await mayHoldStrays(tree)).toBe(false);
    writeFileSync(join(tree.workTree, 'a'), 'changed');
    rmSync(join(tree.workTree, 'b/c'));
    mkdirSync(join(tree.workTree, '.git'));
    expect(await mayHoldStrays(tree)).toBe(false);
  });

  test.each([
    ['a file', () => put('Dockerfile')],
    ['a file in a folder', () => put('b/d/f')],
    ['a hidden file', () => put('b/.env')],
    ['an empty folder', () => mkdirSync(join(tree.workTree, 'b/empty'))],
    ['a link', () => symlinkSync('/etc', join(tree.workTree, 'b/etc'))],
    ['a folder in place of a file', () => (rmSync(join(tree.workTree, 'a')), put('a/b'))],
    ['a repository inside', () => put('b/d/.git/HEAD')],
  ])('are found: %s', async (_, change) => {
    change();
    expect(await mayHoldStrays(tree)).toBe(true);
  });

  test('are in doubt where there is no index, or no tree', async () => {
    rmSync(tree.workTree, { recursive: true });
    expect(await mayHoldStrays(tree)).toBe(true);
    rmSync(join(tree.gitDir, 'index'));
    expect(await mayHoldStrays(tree)).toBe(true);
  });
});
