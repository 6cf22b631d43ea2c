import { expect, it } from 'vitest';
import { claim, claimed, openTestStore, result, temporaryFolder } from './fixture.ts';

const NEXT = { above: 0, floor: 1, exactly: null };

it('counts per service, over all sites', async () => {
  const store = await openTestStore(await temporaryFolder());
  const main = await claimed(store);
  const aww = await claimed(store, claim({ site: 'aww' }), 'b');
  const other = await claimed(store, claim({ service: 'xgen-gateway' }), 'c');
  expect(await store.draw(main, NEXT)).toBe(1);
  expect(await store.draw(aww, NEXT)).toBe(2);
  expect(await store.draw(other, NEXT)).toBe(1);
});

it.each([
  ['goes on from the registry', { above: 41, floor: 1, exactly: null }, 42],
  ['is not below the floor', { above: 3, floor: 1000, exactly: null }, 1000],
  ['is the one that was asked for', { above: 3, floor: 1, exactly: 77 }, 77],
])('%s', async (_name, wish, expected) => {
  const store = await openTestStore(await temporaryFolder());
  const build = await claimed(store);
  expect(await store.draw(build, wish)).toBe(expected);
  expect(await store.find({ service: 'xgen-core', number: expected })).toHaveLength(1);
});

it('never hands out a number twice, also not one that was exchanged or whose build failed', async () => {
  const store = await openTestStore(await temporaryFolder());
  const build = await claimed(store);
  expect(await store.draw(build, NEXT)).toBe(1);
  expect(await store.draw(build, NEXT)).toBe(2);
  expect(await store.draw(build, { above: 9, floor: 1, exactly: null })).toBe(10);
  await store.finish(build, result({ status: 'failed', number: 10 }));
  const next = await claimed(store);
  for (const exactly of [1, 2, 10]) {
    await expect(store.draw(next, { above: 0, floor: 1, exactly })).rejects.toMatchObject({
      code: 'NUMBER_TAKEN',
      hint: 'leave --number away, or ask for one above 10',
    });
  }
  expect(await store.draw(next, NEXT)).toBe(11);
});

it('gives a build the number again that it asked for before', async () => {
  const store = await openTestStore(await temporaryFolder());
  const build = await claimed(store);
  const exactly = { above: 0, floor: 1, exactly: 50 };
  expect(await store.draw(build, exactly)).toBe(50);
  expect(await store.draw(build, exactly)).toBe(50);
  expect(await store.draw(build, NEXT)).toBe(51);
});

it('goes on above a number that was asked for', async () => {
  const store = await openTestStore(await temporaryFolder());
  await store.draw(await claimed(store), { above: 0, floor: 1, exactly: 50 });
  expect(await store.draw(await claimed(store, claim({ site: 'aww' }), 'b'), NEXT)).toBe(51);
});
