import { expect, it } from 'vitest';
import { healStats } from '../../src/commands/heal-stats.ts';
import { claimed, openTestStore, result, temporaryFolder } from '../adapters/store-sqlite/fixture.ts';
import { attempt } from '../fakes/attempt.ts';

const now = new Date('2026-03-09T10:30:00Z');

async function statsOf(builds: readonly (readonly ReturnType<typeof attempt>[])[]) {
  const store = await openTestStore(await temporaryFolder());
  for (const attempts of builds) {
    const build = await claimed(store);
    await store.finish(build, result({ attempts, number: null }));
  }
  return healStats({ store, query: {}, now, width: 120 });
}

it('says so where nothing failed', async () => {
  const { text, json } = await statsOf([[]]);
  expect(text).toBe('No try failed in 1 build that is recorded here.\n');
  expect(json).toMatchObject({ schemaVersion: 1, builds: 1, rules: [] });
});

it('counts tries, builds and what was healed, by rule and machine', async () => {
  const dying = attempt({ at: 'ci-7', durationMs: 40_000 });
  const { text, json } = await statsOf([
    [dying, dying],
    [dying, attempt({ at: 'ci-7', remedy: 'none', durationMs: 1_000 })],
    [attempt({ at: 'ci-8', rule: 'rate-limit', outcome: 'transient', remedy: 'wait-and-retry' })],
    [],
  ]);
  expect(json).toMatchObject({
    builds: 4,
    since: '2026-03-09T10:00:00.000Z',
    rules: [
      { rule: 'layer-missing', at: 'ci-7', tries: 4, builds: 2, healed: 1, lostMs: 121_000 },
      { rule: 'rate-limit', at: 'ci-8', tries: 1, builds: 1, healed: 1 },
    ],
  });
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toMatchObject([
    ['5 tries failed in 4 builds:'],
    ['RULE', 'OUTCOME', 'AT', 'TRIES', 'BUILDS', 'HEALED', 'LOST', 'LAST'],
    ['layer-missing', 'cache-damage', 'ci-7', '4', '2', '1 of 2', '2m 01s', '30 minutes ago'],
    ['rate-limit', 'transient', 'ci-8', '1', '1', '1 of 1', '48.1s', '30 minutes ago'],
    [''],
  ]);
});
