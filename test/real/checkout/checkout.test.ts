import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import { GIT_ENVIRONMENT } from '../../lab/repositories.ts';
import { checkOutSource, makeSource, openWorkshop, type TestRepository, type Workshop } from './workshop.ts';

let workshop: Workshop;
let repository: TestRepository;

beforeEach(async () => {
  workshop = await openWorkshop();
  repository = await makeSource(workshop, 'core');
});
afterEach(async () => {
  await workshop.remove();
});

async function listFiles(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}

describe('a first checkout', () => {
  test('brings the files of the branch with modes and links, and no git folder', async () => {
    const commit = await repository.commit({
      'main.py': 'print(1)\n',
      'bin/run': { program: '#!/bin/sh\n' },
      link: { linkTo: '/etc/passwd' },
      'dangling-link': { linkTo: 'no/such/folder' },
    });
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(tree.head).toEqual({ commit, subject: expect.stringContaining('change') as string, author: 'Jiwon' });
    expect(await listFiles(tree.directory)).toEqual(['bin', 'bin/run', 'dangling-link', 'link', 'main.py']);
    expect((await stat(join(tree.directory, 'bin/run'))).mode & 0o111).not.toBe(0);
    expect((await stat(join(tree.directory, 'main.py'))).mode & 0o111).toBe(0);
    expect(await readlink(join(tree.directory, 'link'))).toBe('/etc/passwd');
    await tree.release();
  });

  test('takes names with spaces, line breaks, umlauts, backslashes and leading dashes', async () => {
    const names = [
      'a b',
      'line\nbreak',
      'ümläut-한국어',
      '-rf',
      '--upload-pack=x',
      'back\\slash',
      '"quoted"',
      'tab\tname',
      ':(top)x',
    ];
    await repository.commit(Object.fromEntries(names.map((name) => [name, name])));
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(await listFiles(tree.directory)).toEqual([...names].sort());
    await tree.release();
    await repository.commit(Object.fromEntries(names.map((name) => [name, null])));
    const next = await checkOutSource(workshop.sources, repository.source);
    expect(await listFiles(next.directory)).toEqual([]);
    await next.release();
  });

  test('takes names that are not UTF-8', async () => {
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    const blob = execFileSync('git', ['-C', repository.path, 'hash-object', '-w', '--stdin'], {
      input: 'x',
      env: { ...GIT_ENVIRONMENT },
    });
    const entry = Buffer.concat([Buffer.from(`100644 blob ${blob.toString().trim()}\t`), name, Buffer.from('\0')]);
    const made = execFileSync('git', ['-C', repository.path, 'mktree', '-z'], {
      input: entry,
      env: { ...GIT_ENVIRONMENT },
    });
    const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
    const commit = await repository.git(...author, 'commit-tree', '-m', 'odd', made.toString().trim());
    await repository.git('update-ref', 'refs/heads/main', commit);
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(await readdir(tree.directory, { encoding: 'buffer' })).toEqual([name]);
    await tree.release();
  });
});

describe('the next checkout of a work tree', () => {
  test('writes what changed and leaves every other file alone', async () => {
    await repository.commit({ same: 'same', changed: 'one', gone: 'gone' });
    const first = await checkOutSource(workshop.sources, repository.source);
    const before = await stat(join(first.directory, 'same'), { bigint: true });
    await first.release();
    const commit = await repository.commit({ changed: 'two', gone: null, added: 'added' });
    const second = await checkOutSource(workshop.sources, repository.source);
    const after = await stat(join(second.directory, 'same'), { bigint: true });
    expect(second.head.commit).toBe(commit);
    expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
    expect(await listFiles(second.directory)).toEqual(['added', 'changed', 'same']);
    expect(await readFile(join(second.directory, 'changed'), 'utf8')).toBe('two');
    expect(second.directory).toBe(first.directory);
    expect(second.sharedKey).toBe(first.sharedKey);
    await second.release();
  });

  test('has another key and folder for another site, service or address', async () => {
    await repository.commit({ a: 'a' });
    const trees = [
      await checkOutSource(workshop.sources, repository.source),
      await checkOutSource(workshop.sources, repository.source, { site: 'aww' }),
      await checkOutSource(workshop.sources, repository.source, { service: 'other' }),
    ];
    expect(new Set(trees.map(({ sharedKey }) => sharedKey)).size).toBe(3);
    expect(new Set(trees.map(({ directory }) => directory)).size).toBe(3);
    for (const tree of trees) await tree.release();
  });

  test.each<[string, (directory: string) => Promise<unknown>]>([
    ['a file that was changed', (d) => writeFile(join(d, 'a/file'), 'other')],
    ['a file that was changed, with its size and time as before', (d) => forge(join(d, 'a/file'))],
    ['a file that is gone', (d) => rm(join(d, 'a/file'))],
    ['a folder that is gone', (d) => rm(join(d, 'a'), { recursive: true })],
    ['a file that became executable', (d) => chmod(join(d, 'a/file'), 0o755)],
    [
      'a file that became a folder',
      (d) => replace(join(d, 'a/file'), (path) => mkdir(join(path, 'x'), { recursive: true })),
    ],
    ['a file that became a link', (d) => replace(join(d, 'a/file'), (path) => symlink('/etc/passwd', path))],
    ['a folder that became a link out', (d) => replace(join(d, 'a'), (path) => symlink(workshop.home, path))],
    ['a link that became a file', (d) => replace(join(d, 'link'), (path) => writeFile(path, 'x'))],
    ['files that are not tracked', (d) => writeFile(join(d, 'a/new'), 'x')],
    ['files that are ignored', (d) => writeFile(join(d, 'a/x.log'), 'x')],
    ['empty folders', (d) => mkdir(join(d, 'b/c'), { recursive: true })],
    [
      'a repository inside',
      async (d) => void execFileSync('git', ['init', '-q', join(d, 'inner')], { env: { ...GIT_ENVIRONMENT } }),
    ],
    ['a git folder on top', (d) => mkdir(join(d, '.git/hooks'), { recursive: true })],
    ['a lock of a git that was killed', (d) => writeFile(join(d, '../git/index.lock'), '')],
    ['an index that is no index', (d) => writeFile(join(d, '../git/index'), 'garbage')],
    ['no index', (d) => rm(join(d, '../git/index'))],
    ['no git folder', (d) => rm(join(d, '../git'), { recursive: true })],
    ['no files at all', (d) => rm(d, { recursive: true })],
    ['a link in the place of the whole tree', (d) => replace(d, (path) => symlink(workshop.home, path))],
  ])('puts right %s', async (_, spoil) => {
    await repository.commit({ 'a/file': 'text', link: { linkTo: 'a/file' }, '.gitignore': '*.log\n' });
    const first = await checkOutSource(workshop.sources, repository.source);
    await first.release();
    await spoil(first.directory);
    await writeFile(join(workshop.home, 'mine'), 'mine');
    const second = await checkOutSource(workshop.sources, repository.source);
    expect(await listFiles(second.directory)).toEqual(['.gitignore', 'a', 'a/file', 'link']);
    expect(await readFile(join(second.directory, 'a/file'), 'utf8')).toBe('text');
    expect((await lstat(join(second.directory, 'a/file'))).mode & 0o111).toBe(0);
    expect(await readlink(join(second.directory, 'link'))).toBe('a/file');
    expect(await readdir(workshop.home)).toEqual(['mine']);
    await second.release();
  });

  test('follows a branch that was pushed by force, and links that became folders', async () => {
    await repository.commit({ d: { linkTo: workshop.home }, old: 'x' });
    const first = await checkOutSource(workshop.sources, repository.source);
    await first.release();
    await repository.git('update-ref', '-d', 'refs/heads/main');
    await repository.commit({ 'd/file': 'inside' });
    const second = await checkOutSource(workshop.sources, repository.source, { since: first.head.commit });
    expect(await listFiles(second.directory)).toEqual(['d', 'd/file']);
    expect(await readdir(workshop.home)).toEqual([]);
    expect(second.head.commit).not.toBe(first.head.commit);
    expect(await second.commitsSince(first.head.commit, new AbortController().signal)).toBeNull();
    await second.release();
  });

  test('takes a branch a/b after a branch a', async () => {
    await repository.commit({ x: '1' }, 'release');
    await (await checkOutSource(workshop.sources, { ...repository.source, branch: 'release' })).release();
    await repository.git('update-ref', '-d', 'refs/heads/release');
    await repository.commit({ x: '2' }, 'release/aww');
    const tree = await checkOutSource(workshop.sources, { ...repository.source, branch: 'release/aww' });
    expect(await readFile(join(tree.directory, 'x'), 'utf8')).toBe('2');
    await tree.release();
  });

  test('is under a second for 20,000 files when nothing changed, and writes one when one changed', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`d${index % 200}/f${index}`, `file ${index}\n`.repeat(14)]),
    );
    await repository.commit(files);
    await (await checkOutSource(workshop.sources, repository.source)).release();
    const durations: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const begin = performance.now();
      const tree = await checkOutSource(workshop.sources, repository.source);
      durations.push(performance.now() - begin);
      await tree.release();
    }
    expect(durations.sort((a, b) => a - b)[1]).toBeLessThan(1000);
    await repository.commit({ 'd0/f0': 'changed' });
    const begin = performance.now();
    const tree = await checkOutSource(workshop.sources, repository.source);
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(await readFile(join(tree.directory, 'd0/f0'), 'utf8')).toBe('changed');
    await tree.release();
  });
});

async function replace(path: string, make: (path: string) => Promise<unknown>): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await make(path);
}

async function forge(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  await writeFile(path, 'TEXT');
  await utimes(path, atime, mtime);
}

describe('the lease of a work tree', () => {
  test('makes another build of the service and site wait, and shares it with no other', async () => {
    await repository.commit({ a: 'a' });
    const first = await checkOutSource(workshop.sources, repository.source);
    let isIn = false;
    const second = checkOutSource(workshop.another(), repository.source).then((tree) => {
      isIn = true;
      return tree;
    });
    await (await checkOutSource(workshop.another(), repository.source, { site: 'aww' })).release();
    expect(isIn).toBe(false);
    await first.release();
    await (await second).release();
  });

  test('is not waited for any longer after an abort', async () => {
    await repository.commit({ a: 'a' });
    const first = await checkOutSource(workshop.sources, repository.source);
    const stop = new AbortController();
    const waiting = checkOutSource(workshop.another(), repository.source, { signal: stop.signal });
    const reason = new AbortReason('superseded', 'a newer build');
    setTimeout(() => stop.abort(reason), 100);
    await expect(waiting).rejects.toBe(reason);
    await first.release();
  });

  test('is given back when the checkout fails, and when release is called twice', async () => {
    await expect(checkOutSource(workshop.sources, { ...repository.source, branch: 'nope' })).rejects.toMatchObject({
      code: 'REPOSITORY_EMPTY',
    });
    await repository.commit({ a: 'a' }, 'nope');
    const tree = await checkOutSource(workshop.sources, { ...repository.source, branch: 'nope' });
    await tree.release();
    await tree.release();
    await (await checkOutSource(workshop.sources, { ...repository.source, branch: 'nope' })).release();
  });

  test('gives the tree back without what the build added or replaced', async () => {
    await repository.commit({ Dockerfile: 'own', src: 'x' });
    const tree = await checkOutSource(workshop.sources, repository.source);
    await writeFile(join(tree.directory, 'Dockerfile'), 'central');
    await writeFile(join(tree.directory, '.dockerignore'), 'central');
    await tree.release();
    expect(await listFiles(tree.directory)).toEqual(['Dockerfile', 'src']);
    expect(await readFile(join(tree.directory, 'Dockerfile'), 'utf8')).toBe('own');
  });

  test('lets twelve builds share the mirror', async () => {
    const commit = await repository.commit({ a: 'a' });
    const trees = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        checkOutSource(workshop.another(), repository.source, { site: `site${index}` }),
      ),
    );
    expect(new Set(trees.map(({ head }) => head.commit))).toEqual(new Set([commit]));
    await Promise.all(trees.map((tree) => tree.release()));
  });
});

describe('history', () => {
  const { signal } = new AbortController();

  test('lists the commits since an earlier one, newest first, 100 at most', async () => {
    const first = await repository.commit({ a: '0' });
    for (let index = 1; index <= 3; index += 1) await repository.commit({ a: String(index) });
    const last = await repository.commit({ last: 'x' });
    // Asked for beforehand or not: the same is found.
    for (const since of [null, first, last, '0'.repeat(40), '--all']) {
      const tree = await checkOutSource(workshop.sources, repository.source, { since });
      expect(tree.head).toMatchObject({ commit: last, subject: 'change last' });
      const commits = await tree.commitsSince(first, signal);
      expect(commits?.map(({ commit }) => commit).length).toBe(4);
      expect(commits?.[0]).toEqual(tree.head);
      expect(await tree.commitsSince(last, signal)).toEqual([]);
      expect(await tree.commitsSince('0'.repeat(40), signal)).toBeNull();
      expect(await tree.commitsSince('--all', signal)).toBeNull();
      await tree.release();
    }
  });

  test('of more than a hundred commits lists a hundred, also where they were asked for beforehand', async () => {
    const first = await repository.commit({ a: '0' });
    const author = ['-c', 'user.name=Jiwon', '-c', 'user.email=jiwon@example.com'];
    let last = first;
    for (let count = 0; count < 105; count += 1)
      last = await repository.git(...author, 'commit-tree', '-m', String(count), '-p', last, `${first}^{tree}`);
    await repository.git('update-ref', 'refs/heads/main', last);
    const tree = await checkOutSource(workshop.sources, repository.source, { since: first });
    expect((await tree.commitsSince(first, signal))?.length).toBe(100);
    await tree.release();
  });

  test('lists commits between two, fetching where it must', async () => {
    const from = await repository.commit({ a: '0' });
    const to = await repository.commit({ a: '1' });
    const { source } = repository;
    expect((await workshop.sources.commitsBetween({ source, from, to, signal }))?.map(({ commit }) => commit)).toEqual([
      to,
    ]);
    expect(await workshop.sources.commitsBetween({ source, from: to, to: from, signal })).toBeNull();
    expect(await workshop.sources.commitsBetween({ source, from, to: from, signal })).toEqual([]);
  });

  test('builds exactly the commit that was asked for, also one that the branch has left', async () => {
    const old = await repository.commit({ a: 'old' });
    await repository.commit({ a: 'new' });
    const tree = await checkOutSource(workshop.sources, repository.source, { commit: old });
    expect(tree.head.commit).toBe(old);
    expect(await readFile(join(tree.directory, 'a'), 'utf8')).toBe('old');
    await tree.release();
    await repository.git('update-ref', '-d', 'refs/heads/main');
    const again = await checkOutSource(workshop.sources, repository.source, { commit: old });
    expect(again.head.commit).toBe(old);
    await again.release();
  });

  test('says so when the commit is nowhere', async () => {
    await repository.commit({ a: 'a' });
    const gone = checkOutSource(workshop.sources, repository.source, { commit: '1'.repeat(40) });
    await expect(gone).rejects.toMatchObject({
      code: 'CHECKOUT_FAILED',
      message: expect.stringContaining('1111') as string,
    });
  });

  test('asks the server for the tip without writing anything', async () => {
    const commit = await repository.commit({ a: 'a' });
    expect(await workshop.sources.resolve(repository.source, signal)).toBe(commit);
    await expect(readdir(workshop.cacheDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
