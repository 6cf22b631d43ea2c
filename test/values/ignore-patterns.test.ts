import { describe, expect, test } from 'vitest';
import { compilePatterns, couldMatchBelow, isIgnored, readIgnoreFile } from '../../src/values/ignore-patterns.ts';

function compiled(patterns: readonly string[]) {
  return compilePatterns(patterns).map((pattern, index) => {
    if (pattern === null) throw new Error(`not a pattern: ${patterns[index]}`);
    return pattern;
  });
}

describe('what .dockerignore hides', () => {
  test.each([
    ['a file by name', ['a.txt'], 'a.txt', true],
    ['not the same name deeper', ['a.txt'], 'sub/a.txt', false],
    ['a path in a folder', ['sub/secret.txt'], 'sub/secret.txt', true],
    ['not that path somewhere else', ['sub/secret.txt'], 'other/sub/secret.txt', false],
    ['all below a folder', ['node_modules'], 'node_modules/a/b.js', true],
    ['a leading slash means the root', ['/top'], 'top', true],
    ['a trailing slash means nothing', ['top/'], 'top/x', true],
    ['a star stops at a slash', ['*.log'], 'sub/a.log', false],
    ['a star in a folder', ['*/a.log'], 'sub/a.log', true],
    ['two stars reach every depth', ['**/*.log'], 'a/b/c.log', true],
    ['two stars reach depth none', ['**/*.log'], 'c.log', true],
    ['two stars at the end', ['sub/**'], 'sub/a/b', true],
    ['two stars at the end leave the folder itself', ['sub/**'], 'sub', false],
    ['two stars in the middle', ['a/**/z'], 'a/b/c/z', true],
    ['below what two stars match', ['**/cache'], 'x/cache/y/z', true],
    ['a question mark is one character', ['a?c'], 'abc', true],
    ['a question mark is no slash', ['a?c'], 'a/c', false],
    ['a set of characters', ['[a-c].txt'], 'b.txt', true],
    ['a set that excludes', ['[^a].txt'], 'a.txt', false],
    ['characters that regular expressions know are plain', ['c++(1){2}|^$.x'], 'c++(1){2}|^$.x', true],
    ['a dot is a dot', ['a.b'], 'aXb', false],
    ['an escaped star is a star', [String.raw`a\*`], 'a*', true],
    ['an escaped star is no wildcard', [String.raw`a\*`], 'ab', false],
    ['upper case is another name', ['README'], 'readme', false],
    ['dots in a pattern are resolved', ['./a/../b'], 'b', true],
    ['the last pattern that matches wins', ['*.txt', '!keep.txt'], 'keep.txt', false],
    ['also the other way round', ['!keep.txt', '*.txt'], 'keep.txt', true],
    ['an exception below a hidden folder', ['build', '!build/keep'], 'build/keep/this', false],
    ['what the exception does not name stays hidden', ['build', '!build/keep'], 'build/out', true],
    ['umlauts and emoji', ['ü?'], 'ü😀', true],
    ['names of object methods are names', ['x'], 'constructor', false],
    ['names of object methods can be hidden', ['*'], 'toString', true],
  ] as const)('%s', (...[, patterns, path, expected]) => {
    expect(isIgnored(compiled(patterns), path)).toBe(expected);
  });
});

test('a pattern with a bracket that is never closed is no pattern', () => {
  expect(compilePatterns(['[a', 'ok'])).toEqual([null, expect.objectContaining({ text: 'ok' })]);
});

test('lines of the file: comments and blank lines go, blanks at the ends too', () => {
  expect(readIgnoreFile('\uFEFF# note\n\n  a  \r\n!b\n #c\n')).toEqual(['a', '!b', '#c']);
});

test.each([
  ['a/b/c', 'a', true],
  ['a/b/c', 'a/b', true],
  ['a/b/c', 'a/x', false],
  ['a', 'a', false],
  ['a/*/c', 'a/any', true],
  ['**/c', 'any/where', true],
  ['a/**/c', 'b', false],
])('%s could match below %s: %s', (pattern, folder, expected) => {
  const [one] = compiled([pattern]);
  expect(one === undefined ? null : couldMatchBelow(one, folder)).toBe(expected);
});
