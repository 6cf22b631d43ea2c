import { describe, expect, it } from 'vitest';
import { closest, didYouMean, editDistance } from '../../src/values/suggest.ts';

const SERVICES = ['xgen-frontend', 'xgen-backend-gateway', 'xgen-core', 'xgen-workflow'];

describe('closest', () => {
  it.each([
    ['xgen-cor', 'xgen-core'],
    ['xgen-croe', 'xgen-core'],
    ['XGEN-CORE', 'xgen-core'],
    ['core', 'xgen-core'],
    ['gateway', 'xgen-backend-gateway'],
    ['xgen', null],
    ['zzz', null],
    ['', null],
    ['x'.repeat(10_000), null],
  ])('of %j is %j', (given, expected) => {
    expect(closest(given, SERVICES)).toBe(expected);
  });

  it('prefers the fewest mistakes', () => {
    expect(closest('prt', ['port', 'prd', 'prt2'])).toBe('port');
    expect(closest('dokerfile', ['dockerfile', 'file'])).toBe('dockerfile');
  });
});

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'ab', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });
});

it('says nothing where nothing is close', () => {
  expect(didYouMean('zzz', SERVICES)).toBe('');
  expect(didYouMean('xgen-cor', SERVICES)).toBe(', did you mean "xgen-core"?');
});
