import { describe, expect, test } from 'vitest';
import { countText, durationText, listText, relativeTime } from '../../src/report/format.ts';

describe('durationText', () => {
  test.each([
    [0, '0.0s'],
    [49, '0.0s'],
    [210, '0.2s'],
    [48_100, '48.1s'],
    [59_940, '59.9s'],
    [59_960, '1m 00s'],
    [125_000, '2m 05s'],
    [3_599_400, '59m 59s'],
    [3_599_700, '1h 00m'],
    [3_720_000, '1h 02m'],
    [90_000_000, '25h 00m'],
    [-5, '0.0s'],
    [Number.NaN, '0.0s'],
    [Number.POSITIVE_INFINITY, '0.0s'],
  ])('%d ms reads %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe('relativeTime', () => {
  const now = new Date('2026-05-10T12:00:00Z');
  test.each([
    ['2026-05-10T11:59:30Z', 'just now'],
    ['2026-05-10T12:03:00Z', 'just now'],
    ['2026-05-10T11:59:00Z', '1 minute ago'],
    ['2026-05-10T11:01:00Z', '59 minutes ago'],
    ['2026-05-10T11:00:00Z', '1 hour ago'],
    ['2026-05-08T12:00:01Z', '47 hours ago'],
    ['2026-05-08T12:00:00Z', '2 days ago'],
    ['2026-03-09T12:00:00Z', '2026-03-09'],
    ['not a time', 'not a time'],
  ])('%s is %s', (at, text) => {
    expect(relativeTime(at, now)).toBe(text);
  });
});

test('countText knows one and many', () => {
  expect([countText(1, 'step'), countText(0, 'step'), countText(2, 'registry', 'registries')]).toEqual([
    '1 step',
    '0 steps',
    '2 registries',
  ]);
});

test.each([
  [[], ''],
  [['dev'], 'dev'],
  [['dev', 'prd'], 'dev and prd'],
  [['a', 'b', 'c'], 'a, b and c'],
])('listText of %j is %j', (words, text) => {
  expect(listText(words)).toBe(text);
});
