import { describe, expect, it } from 'vitest';
import { nextPage } from '../../../src/adapters/registry/link-header.ts';

describe('nextPage', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['</v2/x/tags/list?last=b9&n=100>; rel="next"', '/v2/x/tags/list?last=b9&n=100'],
    ['</a>; rel=next', '/a'],
    ['</p>; rel="prev", </n>; title="x"; rel="last next"', '/n'],
    ['</p>; rel="prev"', null],
    ['</a>; rel="nextish"', null],
    ['garbage', null],
  ])('reads %s', (header, expected) => {
    expect(nextPage(header)).toBe(expected);
  });
});
