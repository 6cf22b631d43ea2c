import { describe, expect, it } from 'vitest';
import { namesToRemove } from '../../../src/adapters/buildkit/leftovers.ts';

const DEAD = 'xgen-build.local/xgen-core:aaaaaaaaaaaa';
const ALIVE = 'xgen-build.local/xgen-core:bbbbbbbbbbbb';
const PUSHED = 'registry.example/xgen/main/xgen-core:b42-amd64';
const FOREIGN = 'registry.example/xgen/main/xgen-core:stable';

describe('namesToRemove', () => {
  it.each([
    ['a dead build that was killed before its push', [DEAD], [DEAD]],
    ['a dead build that was killed in its push', [PUSHED, DEAD], [PUSHED, DEAD]],
    ['a name that somebody else gave the image', [FOREIGN, DEAD], [DEAD]],
    ['an image that a live build is pushing too', [PUSHED, DEAD, ALIVE], [DEAD]],
    ['an image of a live build', [PUSHED, ALIVE], []],
  ])('takes away the right names of %s', (_case, names, removed) => {
    expect(namesToRemove(names, (name) => name === ALIVE)).toEqual(removed);
  });
});
