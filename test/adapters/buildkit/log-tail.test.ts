import { describe, expect, test } from 'vitest';
import { LogTail } from '../../../src/adapters/buildkit/log-tail.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';

const SECRET = 'glpat-Zk3xYt9QwLmN7rBv-and-more-of-it';

function tailOf(output: readonly string[]): string[] {
  const redactor = createRedactor();
  redactor.add(SECRET);
  const tail = new LogTail(redactor);
  for (const chunk of output) tail.add('stdout', Buffer.from(chunk));
  tail.end();
  return tail.lines();
}

describe('the last lines of a step', () => {
  test('hide a secret of which only the end is within the lines that are kept', () => {
    const folded = Buffer.from(SECRET).toString('base64').replaceAll(/.{5}/g, '$&\n');
    const rest = Array.from({ length: 17 }, (_, index) => `line ${index}`);
    const lines = tailOf([`${folded}\n`, `${rest.join('\n')}\n`]);
    expect(lines.slice(-17)).toEqual(rest);
    expect(lines.slice(0, -17).join('')).toMatch(/^\*\*\*.{0,3}$/);
  });

  test('hide a secret that a long line is cut in', () => {
    const [line = ''] = tailOf([`${'x'.repeat(1_990)}${SECRET}\n`]);
    expect(line).toBe(`${'x'.repeat(1_990)}***`);
  });

  test('hide a secret that comes in two chunks', () => {
    expect(tailOf([`a ${SECRET.slice(0, 9)}`, `${SECRET.slice(9)} b\n`, 'end'])).toEqual(['a *** b', 'end']);
  });

  test('give out the text itself as it came', () => {
    const redactor = createRedactor();
    redactor.add(SECRET);
    expect(new LogTail(redactor).add('stderr', Buffer.from(`${SECRET}\n`))).toBe(`${SECRET}\n`);
  });
});
