import { describe, expect, test } from 'vitest';
import { decideGc, type GcQuestion, type HeldTag } from '../../src/pipeline/gc-decision.ts';
import type { Digest } from '../../src/values/image-reference.ts';

const digest = (number: number): Digest => `sha256:${String(number).padStart(64, '0')}`;
const held = (...names: readonly (string | [string, number])[]): HeldTag[] =>
  names.map((name) =>
    typeof name === 'string'
      ? { tag: name, digest: digest(Number(/\d+/.exec(name)?.[0] ?? 0)) }
      : { tag: name[0], digest: digest(name[1]) },
  );

function decide(tags: readonly HeldTag[], question: Partial<GcQuestion> = {}) {
  const decided = decideGc({
    tags,
    rule: { keep: 2, keepDays: 0 },
    spared: new Map(),
    ageDays: () => null,
    childrenOf: () => [],
    ...question,
  });
  return { removed: decided.remove.flatMap(({ tags: names }) => names).toSorted(), ...decided };
}

const FIVE = held('b1-amd64', 'b2-amd64', 'b3-amd64', 'b10-amd64', 'b9-amd64', ['latest-amd64', 10]);

describe('what may go', () => {
  test('are all numbers but the highest', () => {
    expect(decide(FIVE)).toMatchObject({ removed: ['b1-amd64', 'b2-amd64', 'b3-amd64'], numbers: [10, 9], spared: [] });
  });

  test('is nothing that runs, or ran well last', () => {
    const spared = new Map([[digest(1), 'runs in prd as xgen-core']]);
    expect(decide(FIVE, { spared })).toMatchObject({
      removed: ['b2-amd64', 'b3-amd64'],
      numbers: [10, 9, 1],
      spared: [{ tag: 'b1-amd64', why: 'runs in prd as xgen-core' }],
    });
  });

  test('is nothing that has the digest of a tag that stays', () => {
    const tags = held('b1-amd64', 'b2-amd64', ['b3-amd64', 9], 'b9-amd64', 'b10-amd64', ['weekly-amd64', 2]);
    expect(decide(tags)).toMatchObject({
      removed: ['b1-amd64'],
      spared: [
        { tag: 'b3-amd64', why: 'the same image as b9-amd64' },
        { tag: 'b2-amd64', why: 'the same image as weekly-amd64' },
      ],
    });
  });

  test('is never the newest, whatever is kept', () => {
    expect(decide(held('b1-amd64', 'b2-amd64'), { rule: { keep: 0, keepDays: 0 } }).removed).toEqual(['b1-amd64']);
    expect(decide(held('b7-amd64')).removed).toEqual([]);
  });

  test('is nothing that an index names which stays', () => {
    const tags = held('b1-amd64', 'b9-amd64', 'b10-amd64', ['all', 99]);
    const childrenOf = (one: Digest) => (one === digest(99) ? [digest(1)] : []);
    expect(decide(tags, { childrenOf })).toMatchObject({
      removed: [],
      spared: [{ tag: 'b1-amd64', why: 'a part of an image that is kept' }],
    });
  });

  test('is nothing that is younger than keepDays, or of an age that is not known', () => {
    const ages = new Map([
      [1, 40],
      [2, 5],
    ]);
    const decided = decide(FIVE, { rule: { keep: 2, keepDays: 30 }, ageDays: (number) => ages.get(number) ?? null });
    expect(decided.removed).toEqual(['b1-amd64']);
  });

  test('is a number of every architecture, and no tag that only looks like one', () => {
    const tags = held(['b1-amd64', 1], ['b1-arm64', 11], ['b2-amd64', 2], ['b3-amd64', 3], ['b1', 5], ['b01-amd64', 6]);
    expect(decide(tags).removed).toEqual(['b1-amd64', 'b1-arm64']);
  });

  test('goes as one where two old numbers are one image', () => {
    const { remove } = decide(held(['b1-amd64', 1], ['b2-amd64', 1], 'b9-amd64', 'b10-amd64'));
    expect(remove).toEqual([{ digest: digest(1), tags: ['b2-amd64', 'b1-amd64'] }]);
  });
});
