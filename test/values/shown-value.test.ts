import { expect, it } from 'vitest';
import { lookup } from '../../src/values/lookup.ts';
import { quote } from '../../src/values/quote.ts';
import { shownValue } from '../../src/values/shown-value.ts';

it.each([
  ['BASE_IMAGE', 'python:3.14', 'python:3.14'],
  ['http_proxy', 'http://jiwon:hunter22@proxy:3128', 'http://***@proxy:3128'],
  ['NPM_TOKEN', 'abc', '***'],
  ['DB_PASSWORD', 'abc', '***'],
  ['TOKENIZER', 'fast', 'fast'],
])('shows %s=%s as %s', (name, value, shown) => {
  expect(shownValue(name, value)).toBe(shown);
});

it('does not find what every object inherits', () => {
  expect(lookup({ a: 1 }, 'toString')).toBeUndefined();
  expect(lookup({ a: 1 }, 'a')).toBe(1);
});

it('cuts and escapes what it quotes', () => {
  expect(quote('a\u009B\u202E')).toBe(String.raw`"a\u009b\u202e"`);
  expect(quote('x'.repeat(200))).toHaveLength(83);
});
