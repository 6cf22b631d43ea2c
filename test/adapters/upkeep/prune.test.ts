import { expect, it } from 'vitest';
import { freedIn, pathsOf } from '../../../src/adapters/upkeep/prune.ts';
import { choose, type LayeredImage } from '../../../src/adapters/upkeep/remove-images.ts';

it('spares what steps mount as a cache for themselves, unless all is to go', () => {
  const layers = pathsOf({ kind: 'layers' }).map(decodeURIComponent);
  expect(layers).toContain('/build/prune?all=1&filters={"type":["regular"]}');
  expect(layers.join(' ')).not.toContain('cachemount');
  expect(pathsOf({ kind: 'everything' })[0]).toBe('/build/prune?all=1');
  expect(pathsOf({ kind: 'down-to', keepBytes: 1_000.4 })).toEqual(['/build/prune?all=1&keep-storage=1000']);
});

it('takes a size that wrapped around for none', () => {
  expect(freedIn({ SpaceReclaimed: 1_200_000_000 })).toBe(1_200_000_000);
  expect(freedIn({ SpaceReclaimed: 2 ** 64 - 2 ** 12 })).toBe(0);
  expect(freedIn({ SpaceReclaimed: -3 })).toBe(0);
  expect(freedIn(null)).toBe(0);
});

it('removes the images on a base that no container uses and that can be had again', () => {
  const image = (id: string, layers: LayeredImage['layers'], isPulled = true): LayeredImage => ({
    id,
    names: [`r/${id}:1`],
    isPulled,
    layers,
  });
  const images = [
    image('base', ['a', 'b']),
    image('child', ['a', 'b', 'c']),
    image('used', ['a', 'b', 'd']),
    image('local', ['a', 'b', 'e'], false),
    image('sibling', ['a', 'x']),
    image('broken', 'damaged'),
  ];
  const { remove, kept } = choose({ bases: [['a', 'b']], images, used: new Set(['used']) });
  expect(remove.map(({ id }) => id)).toEqual(['base', 'child', 'broken']);
  expect(kept).toEqual([
    { image: 'r/used:1', why: 'a container uses it' },
    { image: 'r/local:1', why: 'no registry is known to have it' },
  ]);
});
