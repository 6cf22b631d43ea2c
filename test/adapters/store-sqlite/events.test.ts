import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventFilePath } from '../../../src/adapters/store-sqlite/event-files.ts';
import * as fixture from './fixture.ts';
import { claimed, collect, event, never, openTestStore, output, result, temporaryFolder } from './fixture.ts';

const ONCE = { follow: false, signal: never };
const FOLLOW = { follow: true, signal: never };

const finished = (seq: number) => event(seq, { kind: 'build-finished', result: result() });

describe('the event stream', () => {
  it('comes back as it was written, in order', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    const events = [output(1, 'größer\n\u2028 "x"\n'), output(2, '\u0000\ud800'), finished(3)];
    for (const each of events) store.appendEvents(build, [each]);
    await store.flushEvents(build);
    const read = await collect(store.readEvents(build.id, ONCE));
    expect(read.map((each) => each.seq)).toEqual([1, 2, 3]);
    expect(read[0]).toEqual(events[0]);
    expect(read[2]).toEqual(events[2]);
  });

  it('is written without being asked, within a moment', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    store.appendEvents(build, [output(1, 'hello')]);
    const path = eventFilePath(folder, { service: 'xgen-core', buildId: build.id, attempt: 1 });
    await expect.poll(() => readFile(path, 'utf8').catch(() => ''), { timeout: 2_000 }).toContain('hello');
  });

  it('is written when the store is closed', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    store.appendEvents(build, [output(1, 'last words')]);
    await store.close();
    const again = await openTestStore(folder);
    expect(await collect(again.readEvents(build.id, ONCE))).toHaveLength(1);
  });

  it('goes on after a takeover in a file of its own, so that the old owner cannot spoil it', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const lost = await claimed(dead);
    dead.appendEvents(lost, [output(1, 'first attempt')]);
    await dead.flushEvents(lost);
    const store = await openTestStore(folder);
    const build = await claimed(store);
    dead.appendEvents(lost, [output(2, 'too late')]);
    await dead.flushEvents(lost);
    store.appendEvents(build, [output(2, 'second attempt'), finished(3)]);
    await store.flushEvents(build);
    const read = await collect(store.readEvents(build.id, ONCE));
    expect(read.map((each) => (each.kind === 'log' ? each.text : each.kind))).toEqual([
      'first attempt',
      'second attempt',
      'build-finished',
    ]);
  });

  it('passes over what a crash or a full disk tore', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    store.appendEvents(build, [output(1, 'whole')]);
    await store.flushEvents(build);
    const path = eventFilePath(folder, { service: 'xgen-core', buildId: build.id, attempt: 1 });
    const last = JSON.stringify(output(3, 'without a line break'));
    await appendFile(path, `{"kind":"log","te\nnull\n[1]\n\n${JSON.stringify(output(2, 'also'))}\n${last}`);
    expect((await collect(store.readEvents(build.id, ONCE))).map((each) => each.seq)).toEqual([1, 2, 3]);
    await appendFile(path, '\n{"kind":"log","seq":4,"te');
    expect((await collect(store.readEvents(build.id, ONCE))).map((each) => each.seq)).toEqual([1, 2, 3]);
  });

  it('is empty for a build that nobody knows and where the logs were deleted', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    expect(await collect(store.readEvents('../../etc/passwd', FOLLOW))).toEqual([]);
    const build = await claimed(store);
    store.appendEvents(build, [output(1, 'x')]);
    await store.flushEvents(build);
    await store.finish(build, result());
    await rm(join(folder, 'logs'), { recursive: true });
    expect(await collect(store.readEvents(build.id, FOLLOW))).toEqual([]);
  });
});

describe('following', () => {
  it('ends with the end of the build', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    const read = collect(store.readEvents(build.id, FOLLOW));
    store.appendEvents(build, [output(1, 'one')]);
    await store.flushEvents(build);
    store.appendEvents(build, [output(2, 'two'), finished(3)]);
    await store.flushEvents(build);
    expect((await read).map((each) => each.seq)).toEqual([1, 2, 3]);
  });

  it('ends where the process died', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const build = await claimed(dead);
    dead.appendEvents(build, [output(1, 'one')]);
    await dead.flushEvents(build);
    const store = await openTestStore(folder);
    expect(await collect(store.readEvents(build.id, FOLLOW))).toHaveLength(1);
  });

  it('stops with the reason of the signal', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    const stop = new AbortController();
    const read = collect(store.readEvents(build.id, { follow: true, signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('enough')), 30);
    await expect(read).rejects.toThrow('enough');
  });
});

describe('a disk that cannot be written', () => {
  it('lets the build go on, says so when asked to flush, and loses nothing once there is room', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    // A file in the place of the folder fails like a full disk does, for any user.
    await writeFile(join(folder, 'logs'), '');
    store.appendEvents(build, [output(1, 'one')]);
    await expect(store.flushEvents(build)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    store.appendEvents(build, [output(2, 'two')]);
    await expect(store.flushEvents(build)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await rm(join(folder, 'logs'));
    await mkdir(join(folder, 'logs'));
    await store.flushEvents(build);
    expect((await collect(store.readEvents(build.id, ONCE))).map((each) => each.seq)).toEqual([1, 2]);
    expect(await store.finish(build, result())).toBe(true);
  });
});

describe('eventFilePath', () => {
  it.each([
    ['xgen-core', 1, '/state/logs/xgen-core/b.ndjson'],
    ['xgen-core', 3, '/state/logs/xgen-core/b.3.ndjson'],
    ['../../etc', 1, '/state/logs/%2E.%2F..%2Fetc/b.ndjson'],
    ['..', 1, '/state/logs/%2E./b.ndjson'],
  ])('keeps the logs of %s inside the state, attempt %i', (service, attempt, expected) => {
    expect(eventFilePath('/state', { service, buildId: 'b', attempt })).toBe(expected);
  });
});

it('reads a long log piece by piece', async () => {
  const folder = await temporaryFolder();
  const store = await openTestStore(folder);
  const build = await claimed(store);
  const text = `${'x'.repeat(200)}\n`.repeat(500);
  store.appendEvents(
    build,
    Array.from({ length: 100 }, (_, index) => output(index + 1, text)),
  );
  await store.flushEvents(build);
  const path = eventFilePath(folder, { service: 'xgen-core', buildId: build.id, attempt: 1 });
  expect((await stat(path)).size).toBeGreaterThan(10_000_000);
  let count = 0;
  for await (const each of store.readEvents(build.id, ONCE)) count += each.kind === 'log' && each.text === text ? 1 : 0;
  expect(count).toBe(100);
});
