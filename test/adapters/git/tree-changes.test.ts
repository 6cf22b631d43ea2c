import { expect, test } from 'vitest';
import { parseBranches } from '../../../src/adapters/git/remote.ts';
import { isCommitHash, parseLog } from '../../../src/adapters/git/history.ts';
import { isLfsPointer } from '../../../src/adapters/git/lfs.ts';
import { parseGitmodules } from '../../../src/adapters/git/submodules.ts';
import { applyDiff, parseRawDiff } from '../../../src/adapters/git/tree-changes.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

test('reads changes with odd names', () => {
  const raw = `:000000 100644 ${A} ${B} A\0with\nline break\0:100755 000000 ${A} ${B} D\0gone\0`;
  expect(parseRawDiff(raw)).toEqual([
    { mode: '100644', object: B, path: 'with\nline break' },
    { mode: '000000', object: B, path: 'gone' },
  ]);
});

test('follows submodules and files from one commit to the next', () => {
  const before = { commit: A, gitlinks: { gone: A, moved: A, kept: A, 'now-a-file': A } };
  const { facts, changedFiles } = applyDiff(before, B, [
    { mode: '000000', object: A, path: 'gone' },
    { mode: '160000', object: B, path: 'moved' },
    { mode: '100644', object: B, path: 'now-a-file' },
    { mode: '100755', object: B, path: 'run.sh' },
    { mode: '120000', object: B, path: 'link' },
    { mode: '160000', object: B, path: '__proto__' },
  ]);
  expect(facts.commit).toBe(B);
  expect(Object.entries(facts.gitlinks)).toEqual([
    ['kept', A],
    ['moved', B],
    ['__proto__', B],
  ]);
  expect(changedFiles).toEqual(['now-a-file', 'run.sh']);
});

test.each([
  [`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`, true],
  [`version https://git-lfs.github.com/spec/v1\next-0-foo sha256:1\noid sha256:${'0'.repeat(64)}\nsize 1\n`, true],
  ['version https://git-lfs.github.com/spec/v1 is what a pointer begins with\n', false],
  ['#!/bin/sh\n', false],
])('tells a Git LFS pointer: %j', (text, isPointer) => {
  expect(isLfsPointer(text)).toBe(isPointer);
});

test('reads branches, leaving out what only looks like one', () => {
  const listing = `${A}\trefs/heads/main\n${B}\trefs/heads/release/aww\n${B}\trefs/tags/v1\nnoise\n`;
  expect([...parseBranches(listing)]).toEqual([
    ['main', A],
    ['release/aww', B],
  ]);
});

test('reads commits, and takes control characters from what their authors wrote', () => {
  expect(parseLog(`${A}\0Fix \u001B[31mred\u001B[0m\0Ji\u202Ewon\0${B}\0Add\0Min\0`)).toEqual([
    { commit: A, subject: 'Fix  [31mred [0m', author: 'Ji won' },
    { commit: B, subject: 'Add', author: 'Min' },
  ]);
  expect(parseLog('')).toEqual([]);
});

test.each([
  [A, true],
  ['main', false],
  ['--all', false],
  [`${A}\n`, false],
])('tells a commit from anything else: %j', (text, isHash) => {
  expect(isCommitHash(text)).toBe(isHash);
});

test('reads .gitmodules with names of any kind', () => {
  const listing = [
    'submodule.a.b.path\nlibs/a b',
    'submodule.a.b.url\n../a.git',
    'submodule.no-url.path\nx',
    'submodule.no-path.url\n../y.git',
    'submodule.../evil.path\nvendor/',
    'submodule.../evil.url\n../e.git',
  ].join('\0');
  expect([...parseGitmodules(listing)]).toEqual([
    ['libs/a b', '../a.git'],
    ['vendor', '../e.git'],
  ]);
});
