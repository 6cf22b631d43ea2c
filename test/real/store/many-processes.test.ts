import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  claim,
  claimed,
  collect,
  never,
  openTestStore,
  output,
  result,
  temporaryFolder,
  testClock,
} from '../../adapters/store-sqlite/fixture.ts';
import { startStoreProcess } from './spawn.ts';

const NEXT = { above: 0, floor: 1, exactly: null };
const SAME_WORK = claim({ parametersKey: 'k' });

function numbersOf(facts: readonly Readonly<Record<string, unknown>>[], key: string): number[] {
  return facts.filter((fact) => key in fact).map((fact) => Number(fact[key]));
}

describe('many processes on one state', () => {
  it('ten of them draw numbers, none twice and none left out', async () => {
    const folder = await temporaryFolder();
    const processes = Array.from({ length: 10 }, () => startStoreProcess('draw', folder, '20'));
    expect(await Promise.all(processes.map((each) => each.ended))).toEqual(processes.map(() => 0));
    const drawn = processes.flatMap((each) => numbersOf(each.facts, 'number')).sort((a, b) => a - b);
    expect(drawn).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('loses nothing that was acknowledged when they are killed at any moment', async () => {
    const folder = await temporaryFolder();
    const drawn: number[] = [];
    const finished: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const processes = ['main', 'aww'].map((site) => startStoreProcess('build-forever', folder, site));
      await Promise.all(processes.map((each) => each.first('drawn')));
      await testClock.sleep(Math.random() * 300);
      for (const each of processes) {
        await each.kill();
        drawn.push(...numbersOf(each.facts, 'drawn'));
        finished.push(...numbersOf(each.facts, 'finished'));
      }
    }
    const store = await openTestStore(folder);
    const records = await store.find({ service: 'xgen-core', limit: 100_000 });
    expect(new Set(drawn).size).toBe(drawn.length);
    const succeeded = new Set(records.filter((each) => each.status === 'succeeded').map((each) => each.number));
    expect(finished.filter((number) => !succeeded.has(number))).toEqual([]);
    const build = await claimed(store, claim({ site: 'new' }));
    expect(await store.draw(build, NEXT)).toBeGreaterThan(Math.max(...drawn));
    const database = new DatabaseSync(join(folder, 'state.db'), { readOnly: true });
    expect(database.prepare('PRAGMA integrity_check').all()).toMatchObject([{ integrity_check: 'ok' }]);
    database.close();
  });

  it('hands a build whose process was killed to the next at once, with its number and its log', async () => {
    const folder = await temporaryFolder();
    const child = startStoreProcess('build-slowly', folder, '1000');
    const number = await child.first('number');
    const store = await openTestStore(folder);
    expect(await store.claim(SAME_WORK, 'mine')).toMatchObject({ status: 'busy', number });
    await testClock.sleep(500);
    await child.kill();
    const build = await claimed(store, SAME_WORK, 'mine');
    expect(build).toMatchObject({ number, attempt: 2 });
    expect((await collect(store.readEvents(build.id, { follow: false, signal: never }))).length).toBeGreaterThan(2);
    expect(await store.finish(build, result())).toBe(true);
  });

  it('hands a lock over when its holder was killed', async () => {
    const folder = await temporaryFolder();
    const child = startStoreProcess('hold-lock', folder, 'deploy');
    expect(await child.first('fence')).toBe(1);
    const store = await openTestStore(folder);
    const { promise: busy, resolve } = Promise.withResolvers<string>();
    const signal = AbortSignal.timeout(5_000);
    const lock = store.lock('deploy', { owner: 'me', signal, onBusy: resolve });
    expect(await busy).toMatch(/^pid \d+$/);
    await child.kill();
    expect((await lock).fence).toBe(2);
  });
});

describe('following a build of another process', () => {
  it('gives its events as they come and ends with it', async () => {
    const folder = await temporaryFolder();
    const child = startStoreProcess('build-slowly', folder, '20');
    const id = String(await child.first('id'));
    const store = await openTestStore(folder);
    const seen: number[] = [];
    let seenWhileRunning = 0;
    for await (const event of store.readEvents(id, { follow: true, signal: AbortSignal.timeout(20_000) })) {
      seen.push(event.seq);
      if ((await store.isAlive(id)) && event.kind === 'log') seenWhileRunning = seen.length;
    }
    expect(seen).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(seenWhileRunning).toBeGreaterThan(5);
  });

  it('ends soon after the process was killed', async () => {
    const folder = await temporaryFolder();
    const child = startStoreProcess('build-slowly', folder, '1000');
    const id = String(await child.first('id'));
    const store = await openTestStore(folder);
    const read = collect(store.readEvents(id, { follow: true, signal: AbortSignal.timeout(10_000) }));
    await testClock.sleep(600);
    await child.kill();
    expect((await read).at(-1)).toMatchObject({ kind: 'log' });
    expect(await store.isAlive(id)).toBe(false);
  });
});

describe('the event loop', () => {
  it('goes on turning while another process keeps the file locked', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    const child = startStoreProcess('hold-write-lock', folder, '1500');
    await child.first('isHeld');
    const delays = monitorEventLoopDelay({ resolution: 5 });
    delays.enable();
    const begin = performance.now();
    await Promise.all([
      ...Array.from({ length: 10 }, () => store.heartbeat(build)),
      store.draw(build, NEXT),
      store.recordFacts(build, { fingerprint: 'f' }),
    ]);
    delays.disable();
    expect(performance.now() - begin).toBeGreaterThan(500);
    // The longest one of all is the scheduler's on a busy machine.
    expect(delays.percentile(95) / 1e6).toBeLessThan(50);
    expect(await store.find({ id: build.id })).toMatchObject([{ number: 1, fingerprint: 'f' }]);
  });
});

describe('a full disk', () => {
  it('does not stop the build, and is said when the log is flushed', async () => {
    const folder = await temporaryFolder();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    const logs = join(folder, 'logs', 'xgen-core');
    await mkdir(logs, { recursive: true });
    // Linux' device that is always full.
    await symlink('/dev/full', join(logs, `${build.id}.ndjson`));
    store.appendEvents(build, [output(1, 'hello\n')]);
    await expect(store.flushEvents(build)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await store.finish(build, result())).toBe(true);
  });
});
