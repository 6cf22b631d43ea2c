import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLargeFile, readSmallFile } from '../../../src/adapters/buildkit/context-file.ts';
import { statOf, toText, walkContext } from '../../../src/adapters/buildkit/context-walk.ts';
import { followLinks } from '../../../src/adapters/buildkit/follow-links.ts';
import { createPathFilter, type PathRules } from '../../../src/adapters/buildkit/path-filter.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'xgen-walk-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
}

function walk(rules: Partial<PathRules> = {}): string[] {
  const filter = createPathFilter({ includes: [], excludes: [], ...rules });
  return [...walkContext(root, filter)].map(({ path }) => toText(path));
}

describe('the walk', () => {
  test('has names in the order of their bytes and what is in a folder right after it', () => {
    put('a/b', 'a-b', 'a.b', 'a/b-c', 'B', 'ä', '\u{1F600}', '\uFF5E', 'a0');
    expect(walk()).toEqual(['B', 'a', 'a/b', 'a/b-c', 'a-b', 'a.b', 'a0', 'ä', '\uFF5E', '\u{1F600}']);
  });

  test('leaves out what is excluded, without looking into it', () => {
    put('node_modules/x/y', 'src/a', 'src/a.log');
    chmodSync(join(root, 'node_modules'), 0o000);
    expect(walk({ excludes: ['node_modules', '**/*.log'] })).toEqual(['src', 'src/a']);
    chmodSync(join(root, 'node_modules'), 0o755);
  });

  test('sends an excluded folder only when an exception below it is there', () => {
    put('build/out/x', 'build/keep/y', 'other/z');
    expect(walk({ excludes: ['*', '!build/keep', '!missing/x'] })).toEqual(['build', 'build/keep', 'build/keep/y']);
  });

  test('sends what is included, what is below it and the folders on the way', () => {
    put('a/b/c', 'a/d', 'e/f', 'g');
    expect(walk({ includes: ['a/b', 'g', 'e/missing'] })).toEqual(['a', 'a/b', 'a/b/c', 'g']);
  });

  test('does not follow links and skips pipes', () => {
    put('real/file');
    symlinkSync('/etc', join(root, 'link'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(walk()).toEqual(['link', 'real', 'real/file']);
  });

  test('tells modes as Go does, times in nanoseconds, and links with their target', () => {
    put('run.sh');
    chmodSync(join(root, 'run.sh'), 0o4755);
    symlinkSync('run.sh', join(root, 'to'));
    mkdirSync(join(root, 'dir'), { mode: 0o750 });
    const filter = createPathFilter({ includes: [], excludes: [] });
    const [dir, run, link] = [...walkContext(root, filter)].map((entry) => statOf(entry));
    expect(dir).toMatchObject({ mode: 0x8000_0000 + 0o750, size: { low: 0, high: 0 }, uid: 0 });
    expect(run).toMatchObject({ mode: 0x80_0000 + 0o755, size: { low: 6, high: 0 } });
    expect(link).toMatchObject({ mode: 0x800_0000 + 0o777, linkname: Buffer.from('run.sh') });
    expect(run?.modTime.high).toBeGreaterThan(0);
  });
});

test('a pattern that is none is refused with its text', () => {
  expect(() => createPathFilter({ includes: [], excludes: ['ok', '[a'] })).toThrow('[a');
});

describe('links that a Dockerfile copies through', () => {
  test.each([
    ['a plain file', ['real/file'], ['real/file']],
    ['a link and its target', ['link'], ['link', 'real']],
    ['what is below a link', ['link/file'], ['link', 'real/file']],
    ['a link to a link', ['chain'], ['chain', 'link', 'real']],
    ['a link out of the context stays below its root', ['out'], ['etc/passwd', 'out']],
    ['an absolute link is taken from the root', ['absolute'], ['absolute', 'real/file']],
    ['a ring ends', ['ring'], ['ring', 'ring2']],
    ['a wildcard', ['li*'], ['li*', 'real']],
  ])('%s', async (_, paths, expected) => {
    put('real/file');
    symlinkSync('real', join(root, 'link'));
    symlinkSync('link', join(root, 'chain'));
    symlinkSync('../../etc/passwd', join(root, 'out'));
    symlinkSync('/real/file', join(root, 'absolute'));
    symlinkSync('ring2', join(root, 'ring'));
    symlinkSync('ring', join(root, 'ring2'));
    expect(await followLinks(root, paths)).toEqual(expected);
  });

  test('the whole context is the whole context', async () => {
    expect(await followLinks(root, ['/', 'x'])).toBeNull();
  });
});

describe('a file that was announced', () => {
  const announce = (path: string, size: number) => ({ path, size: BigInt(size), mtimeNs: 1_000_000_000_000_000_000n });

  test.each(['changed', 'gone', 'a link now', 'a pipe now'])('and is %s is an error with its name', async (what) => {
    const file = join(root, 'file');
    if (what === 'changed') writeFileSync(file, 'longer than before');
    if (what === 'a link now') symlinkSync('/etc/passwd', file);
    if (what === 'a pipe now') execFileSync('mkfifo', [file]);
    expect(() => readSmallFile(Buffer.from(root), announce('file', 3))).toThrow(
      /file of the build context|the file file/,
    );
    const chunks = readLargeFile(Buffer.from(root), announce('file', 900_000));
    await expect(chunks.next()).rejects.toThrow(/file/);
  });
});
