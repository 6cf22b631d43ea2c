import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ForgetOrder, Store } from '../../../src/ports/store.ts';
import { claimed, openTestStore, result, snapshot, temporaryFolder } from './fixture.ts';

const ORDER: ForgetOrder = {
  service: 'xgen-core',
  site: 'main',
  keep: 2,
  keepNumbers: [],
  before: null,
  dryRun: false,
};

async function buildWithNumber(store: Store): Promise<number> {
  const build = await claimed(store);
  const number = await store.draw(build, { above: 0, floor: 1, exactly: null });
  store.appendEvents(build, [{ kind: 'number-drawn', number, seq: 1, at: '2026-03-09T10:00:00.000Z' }]);
  await store.flushEvents(build);
  await store.finish(build, result({ number }));
  return number;
}

async function numbersOf(store: Store): Promise<(number | null)[]> {
  return (await store.find({ service: 'xgen-core', limit: 99 })).map(({ number }) => number);
}

it('forgets old builds with their logs, and never hands out their numbers again', async () => {
  const folder = await temporaryFolder();
  const store = await openTestStore(folder);
  for (let count = 0; count < 5; count += 1) await buildWithNumber(store);

  const told = await store.forget({ ...ORDER, keepNumbers: [2], dryRun: true });
  expect(told.map(({ number }) => number)).toEqual([1, 3]);
  expect(await numbersOf(store)).toEqual([5, 4, 3, 2, 1]);

  expect(await store.forget({ ...ORDER, keepNumbers: [2] })).toEqual(told);
  expect(await numbersOf(store)).toEqual([5, 4, 2]);
  expect(readdirSync(join(folder, 'logs', 'xgen-core'))).toHaveLength(3);
  expect(await buildWithNumber(store)).toBe(6);
});

it('keeps what runs, what has a rollout that is open, other sites, and what is too young', async () => {
  const store = await openTestStore(await temporaryFolder());
  const open = await claimed(store);
  await store.openRollout(open, { targetIdentity: 'engine/xgen-dev', snapshot });
  await store.finish(open, result());
  await buildWithNumber(store);
  await buildWithNumber(store);
  await claimed(store);
  expect(await store.forget({ ...ORDER, keep: 1, before: '2026-01-01T00:00:00.000Z' })).toEqual([]);
  expect(await store.forget({ ...ORDER, site: 'aww', keep: 1 })).toEqual([]);
  expect((await store.forget({ ...ORDER, keep: 1 })).map(({ number }) => number)).toEqual([1, 2]);
  expect((await store.find({ limit: 99 })).map(({ id }) => id)).toContain(open.id);
});
