import { describe, expect, test } from 'vitest';
import { bytesText } from '../../src/values/size.ts';

describe('bytesText', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_960, '1.0 MB'],
    [4_100_000, '4.1 MB'],
    [1_234_567_890, '1.2 GB'],
    [5e15, '5000.0 TB'],
    [-1, '0 B'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
