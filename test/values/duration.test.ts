import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from '../../src/values/duration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['120s', 120_000],
    ['2m', 120_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1h5s', 3_605_000],
    ['24h', 86_400_000],
    ['1s', 1000],
  ])('reads %s', (text, durationMs) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });

  it.each(['', '120', '0s', '-5s', '1.5m', '10 s', 's', '2M', '1s1m', '25h', '500ms', '1d', '9999999s', '٣s'])(
    'refuses %j',
    (text) => {
      expect(parseDurationMs(text)).toBeNull();
    },
  );
});

describe('formatDuration', () => {
  it.each([
    [120_000, '2m'],
    [90_000, '1m30s'],
    [3_605_000, '1h5s'],
    [0, '0s'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
