import { describe, expect, it } from 'vitest';
import { checkNumber, drawNumber, highestNumber, keptNumber } from '../../src/pipeline/number.ts';
import { buildOf, createRegistry, orderOf, planOf } from './push-world.ts';

describe('highestNumber', () => {
  it.each([
    [[], 0],
    [['latest-amd64', 'v1.2', 'b', 'b-amd64', 'b0-amd64', 'b07-amd64', 'b12'], 0],
    [['b9-amd64', 'b10-amd64', 'b2-amd64'], 10],
    [['b9-amd64', 'b41-arm64'], 41],
    [['b9999999999999-amd64', 'b3-amd64'], 3],
  ])('of %j is %i', (tags, highest) => {
    expect(highestNumber(tags)).toBe(highest);
  });
});

describe('keptNumber', () => {
  it.each<[string, { attempt: number; number: number | null }, { tags: readonly string[]; kept: number | null }]>([
    ['a first attempt keeps none', { attempt: 1, number: 5 }, { tags: [], kept: null }],
    ['a takeover without a number draws one', { attempt: 2, number: null }, { tags: [], kept: null }],
    ['a takeover goes on with its number', { attempt: 2, number: 5 }, { tags: ['b4-amd64'], kept: 5 }],
    ['its own image may be there', { attempt: 3, number: 5 }, { tags: ['b5-amd64'], kept: 5 }],
    ['a higher number is there', { attempt: 2, number: 5 }, { tags: ['b6-amd64'], kept: null }],
    ['another architecture has the number', { attempt: 2, number: 5 }, { tags: ['b5-arm64'], kept: null }],
  ])('%s', (_, build, { tags, kept }) => {
    expect(keptNumber({ build, tags, arch: 'amd64' })).toBe(kept);
  });
});

describe('an explicit --number', () => {
  const check = (explicit: number | null, tags: readonly string[]) => () => {
    checkNumber({ plan: planOf(explicit === null ? {} : { explicit }), build: buildOf({ number: 1 }), tags });
  };

  it.each([
    [41, ['b41-amd64']],
    [40, ['b41-amd64']],
    [41, ['b41-arm64']],
  ])('%i is taken with %j in the registry: exit code 2', (explicit, tags) => {
    const hint = expect.stringContaining('--number 42') as string;
    expect(check(explicit, tags)).toThrow(expect.objectContaining({ code: 'NUMBER_TAKEN', exitCode: 2, hint }));
  });

  it.each([
    [42, ['b41-amd64']],
    [1, []],
    [null, ['b41-amd64']],
  ])('%s is free with %j in the registry', (explicit, tags) => {
    expect(check(explicit, tags)).not.toThrow();
  });

  it.each([1, null])('%s is an error where no number is left', (explicit) => {
    const hint = expect.stringContaining('delete that tag') as string;
    expect(check(explicit, ['b999999999-amd64'])).toThrow(expect.objectContaining({ code: 'NUMBER_TAKEN', hint }));
  });

  it('is no error for the build that drew it before it crashed', () => {
    const build = buildOf({ number: 41, build: { attempt: 2 } });
    expect(() => checkNumber({ plan: planOf({ explicit: 41 }), build, tags: ['b41-amd64'] })).not.toThrow();
  });
});

describe('defect 3: drawNumber', () => {
  it('draws above what the registry holds, also where the state was deleted', async () => {
    const { plan, context, events } = orderOf({ world: createRegistry(), number: 0 });
    expect(await drawNumber({ plan, context, tags: ['b41-amd64', 'b7-amd64'] })).toBe(42);
    expect(events).toEqual([{ kind: 'number-drawn', number: 42 }]);
  });

  it('goes on with the number of a build that was taken over', async () => {
    const { plan, context } = orderOf({ world: createRegistry(), number: 42, build: { attempt: 2 } });
    expect(await drawNumber({ plan, context, tags: ['b41-amd64'] })).toBe(42);
    expect(await drawNumber({ plan, context, tags: ['b43-amd64'] })).toBe(44);
  });
});
