import { expect, test } from 'vitest';
import { tipIn } from '../../../src/adapters/git/ask-tip.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function packets(...lines: readonly string[]): Buffer {
  const all = lines.map((line) => `${(Buffer.byteLength(line) + 4).toString(16).padStart(4, '0')}${line}`);
  return Buffer.from(`${all.join('')}0000`);
}

test.each<[string, Buffer, string | null]>([
  ['the branch itself', packets(`${A} refs/heads/main\n`), A],
  ['not one that only begins like it', packets(`${A} refs/heads/main-2\n`, `${B} refs/heads/main\n`), B],
  ['nothing where there is no such branch', packets(`${A} refs/heads/mainframe\n`), null],
  ['nothing at all', packets(), null],
  ['a hash of the other kind', packets(`${'c'.repeat(64)} refs/heads/main\n`), 'c'.repeat(64)],
  ['an error of the server', packets('ERR access denied\n'), null],
  ['an answer of an older protocol', packets(`# service=git-upload-pack\n`), null],
  ['an answer that is cut off', packets(`${A} refs/heads/main\n`).subarray(0, 30), null],
  ['an answer without an end', packets(`${A} refs/heads/main\n`).subarray(0, -4), null],
  ['a length that is none', Buffer.from(`zzzz${A} refs/heads/main\n0000`), null],
  ['a length that goes on for ever', Buffer.from(`ffff${A} refs/heads/main\n0000`), null],
])('reads %s', (_, answer, expected) => {
  expect(tipIn(answer, 'main')).toBe(expected);
});
