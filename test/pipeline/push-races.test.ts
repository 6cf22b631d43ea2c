import { describe, expect, it } from 'vitest';
import { push, type PushResult } from '../../src/pipeline/push.ts';
import { createRegistry, MOVING, orderOf, type Numbers, type Pause, type WorldRegistry } from './push-world.ts';

/**
 * Runs many pushes in a made-up time: every request takes a few units, an upload more, in an order that the seed
 * decides. So every run of a seed is the same, and thousands of orders are tried in a moment.
 */
function createSchedule(seed: number): { pause: Pause; run(work: Promise<unknown>): Promise<void> } {
  const random = randomOf(seed);
  const waiting: { at: number; go: () => void }[] = [];
  let now = 0;
  const earliest = () => waiting.sort((a, b) => a.at - b.at).shift();
  return {
    pause: (step) =>
      new Promise((go) => {
        const units = step.startsWith('UPLOAD') ? 1 + random() * 12 : 1 + random() * 6;
        waiting.push({ at: now + units, go });
      }),
    async run(work) {
      // Everything that can go on without time passing goes first.
      await new Promise(setImmediate);
      for (let next = earliest(); next !== undefined; next = earliest()) {
        now = next.at;
        next.go();
        await new Promise(setImmediate);
      }
      await work;
    },
  };
}

/** mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function pushTogether(count: number, seed: number, numbersOf: (index: number) => Numbers) {
  const world = createRegistry();
  const schedule = createSchedule(seed);
  const orders = Array.from({ length: count }, (_, index) => {
    const numbers = numbersOf(index);
    numbers.last += 1;
    const image = { content: `build ${index}`, fingerprint: `f${index}` };
    return orderOf({ world, image, number: numbers.last, numbers, pause: schedule.pause });
  });
  const pushes = Promise.all(orders.map((order) => push(order)));
  await schedule.run(pushes);
  return { world, orders, results: await pushes };
}

function rewritten(world: WorldRegistry): string[] {
  const first = new Map<string, string>();
  return world.writes
    .filter(({ tag }) => tag !== MOVING)
    .filter(({ tag, digest }) => {
      const before = first.get(tag);
      first.set(tag, before ?? digest);
      return before !== undefined && before !== digest;
    })
    .map(({ tag }) => tag);
}

function numbersIn(results: readonly PushResult[]): number[] {
  return results.map(({ number }) => number).sort((a, b) => a - b);
}

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

describe('defect 3: ten pushes at once', () => {
  it('that share a store write each number once, and say so where the newest does not end under the moving tag', async () => {
    for (const seed of SEEDS) {
      const shared: Numbers = { last: 0 };
      const { world, results, orders } = await pushTogether(10, seed, () => shared);
      expect(rewritten(world)).toEqual([]);
      expect(numbersIn(results)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      for (const result of results) expect(world.tags.get(`b${result.number}-amd64`)).toBe(result.digest);
      const holder = results.findIndex(({ digest }) => digest === world.tags.get(MOVING));
      expect(results[holder]?.movingTag).toEqual({ status: 'moved' });
      const isNewest = results[holder]?.number === 10;
      expect({ seed, said: isNewest || orders[holder]?.warnings().join().includes('is newer') }).toEqual({
        seed,
        said: true,
      });
    }
  });

  it('from machines that number on their own report only what the registry holds in the end', async () => {
    for (const seed of SEEDS) {
      const { world, results } = await pushTogether(10, seed, () => ({ last: 0 }));
      expect(new Set(numbersIn(results)).size).toBe(10);
      for (const result of results) {
        expect({ seed, at: world.tags.get(`b${result.number}-amd64`) }).toEqual({ seed, at: result.digest });
      }
    }
  });
});
