import { expect, it } from 'vitest';
import * as fixture from './fixture.ts';
import { never, openTestStore, temporaryFolder } from './fixture.ts';

function nobody(): void {
  throw new Error('the lock was not free');
}

it('is held by one at a time, and says once who holds it', async () => {
  const store = await openTestStore(await temporaryFolder());
  const holders: string[] = [];
  const first = await store.lock('deploy', { owner: 'first', signal: never, onBusy: nobody });
  const second = store.lock('deploy', { owner: 'second', signal: never, onBusy: (holder) => holders.push(holder) });
  await fixture.testClock.sleep(120);
  expect(holders).toEqual(['first']);
  await first.release();
  await first.release();
  const handle = await second;
  expect([first.fence, handle.fence]).toEqual([1, 2]);
  await handle.release();
});

it('does not make locks of other names wait', async () => {
  const store = await openTestStore(await temporaryFolder());
  await store.lock('one', { owner: 'first', signal: never, onBusy: nobody });
  expect((await store.lock('two', { owner: 'second', signal: never, onBusy: nobody })).fence).toBe(1);
});

it('passes to the next at once when its process is dead, with a higher fence', async () => {
  const folder = await temporaryFolder();
  const dead = await openTestStore(folder, { identity: fixture.DEAD });
  await dead.lock('deploy', { owner: 'dead', signal: never, onBusy: nobody });
  const store = await openTestStore(folder);
  const handle = await store.lock('deploy', { owner: 'next', signal: never, onBusy: nobody });
  expect(handle.fence).toBe(2);
  await dead.close();
  const busy = store.lock('deploy', { owner: 'third', signal: AbortSignal.timeout(60), onBusy: () => undefined });
  await expect(busy).rejects.toMatchObject({ name: 'TimeoutError' });
});

it('stays with a process that lives, however late it is, and leaves one that cannot be seen with its lease', async () => {
  const folder = await temporaryFolder();
  const time = fixture.fakeBoot();
  const options = { bootMs: time.bootMs };
  const here = await openTestStore(folder, options);
  const container = await openTestStore(folder, { ...options, identity: fixture.CONTAINER_A });
  await here.lock('one', { owner: 'here', signal: never, onBusy: nobody });
  await container.lock('two', { owner: 'container', signal: never, onBusy: nobody });
  time.advance(60_000);
  const late = here.lock('one', { owner: 'x', signal: AbortSignal.timeout(60), onBusy: () => undefined });
  await expect(late).rejects.toMatchObject({ name: 'TimeoutError' });
  expect((await here.lock('two', { owner: 'y', signal: never, onBusy: nobody })).fence).toBe(2);
});

it('stops waiting with the reason of the signal', async () => {
  const store = await openTestStore(await temporaryFolder());
  await store.lock('deploy', { owner: 'first', signal: never, onBusy: nobody });
  const stop = new AbortController();
  const waiting = store.lock('deploy', {
    owner: 'second',
    signal: stop.signal,
    onBusy: () => stop.abort(new Error('stop')),
  });
  await expect(waiting).rejects.toThrow('stop');
});
