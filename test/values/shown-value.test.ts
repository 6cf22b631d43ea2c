import { expect, it } from 'vitest';
import { lookup } from '../../src/values/lookup.ts';
import { quote } from '../../src/values/quote.ts';
import { shownValue } from '../../src/values/shown-value.ts';

it.each([
  ['BASE_IMAGE', 'python:3.14', 'python:3.14'],
  ['http_proxy', 'http://jiwon:hunter22@proxy:3128', 'http://***@proxy:3128'],
  ['http_proxy', 'http://jiwon:hun@ter22@proxy:3128/a@b', 'http://***@proxy:3128/a@b'],
  ['NPM_TOKEN', 'abc', '***'],
  ['npmToken', 'abc', '***'],
  ['NPMTOKEN', 'abc', '***'],
  ['GITHUB_PAT', 'abc', '***'],
  ['DB_PWD', 'abc', '***'],
  ['AWS_SECRET_ACCESS_KEY', 'abc', '***'],
  ['S3_ACCESS_KEY', 'abc', '***'],
  ['AUTH', 'abc', '***'],
  ['EXTRA', 'glpat-Zk3xYt9QwLmN7rBvAbCd', '***'],
  ['EXTRA', 'a ghp_Zk3xYt9QwLmN7rBvAbCd', '***'],
  ['AUTH_URL', 'http://auth', 'http://auth'],
  ['PATH', '/bin', '/bin'],
  ['COMPASS', 'north', 'north'],
  ['DEBUG', 'npm_config_cache', 'npm_config_cache'],
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
