import { describe, expect, it } from 'vitest';
import { closingNote, logs, type LogsOptions } from '../../src/commands/logs.ts';
import type { BuildRecord, Store } from '../../src/ports/store.ts';
import * as fixture from '../adapters/store-sqlite/fixture.ts';
import {
  claim,
  claimed,
  event,
  openTestStore,
  output,
  result,
  temporaryFolder,
} from '../adapters/store-sqlite/fixture.ts';

const DRAW = { above: 41, floor: 1, exactly: null };

async function run(store: Store, change: Partial<LogsOptions> = {}): Promise<string> {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const options = { service: 'xgen-core', number: null, follow: false, output: 'text', signal: fixture.never } as const;
  const outcome = await logs({ store, write, ...options, ...change });
  expect(outcome).toEqual({ exitCode: 0, text: '', json: undefined });
  return written;
}

async function finishedBuild(store: Store, wish = claim()) {
  const build = await claimed(store, wish);
  await store.draw(build, DRAW);
  store.appendEvents(build, [
    output(1, `npm `),
    output(2, `ci for ${wish.site}\n`),
    event(3, { kind: 'build-finished', result: result({ number: 42 }) }),
  ]);
  await store.flushEvents(build);
  await store.finish(build, result());
  return build;
}

describe('logs', () => {
  it('writes the log of a build, by number, by id, or of the newest', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await finishedBuild(store);
    await finishedBuild(store, claim({ site: 'aww' }));
    const expected = '#1 npm ci for main\nsucceeded: b42, sha256:dddddddddddd…, 8.1s\n';
    for (const number of ['b42', '42', build.id]) expect(await run(store, { number })).toBe(expected);
    expect(await run(store, { site: 'main' })).toBe(expected);
    expect(await run(store)).toContain('for aww');
  });

  it('names the newest builds where the one that was asked for is not there', async () => {
    const store = await openTestStore(await temporaryFolder());
    await finishedBuild(store);
    await finishedBuild(store, claim({ site: 'aww' }));
    await expect(run(store, { number: 'b7' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'no build b7 of xgen-core is recorded on this machine',
      hint: 'the newest are b43 (aww, succeeded), b42 (main, succeeded)',
    });
    await expect(run(store, { number: 'b43', site: 'main' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('says so where nothing is recorded, or the state was deleted', async () => {
    const store = await openTestStore(await temporaryFolder());
    await expect(run(store)).rejects.toMatchObject({ message: 'no build of xgen-core is recorded on this machine' });
  });

  it('follows a build to its end', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await claimed(store);
    const read = run(store, { follow: true });
    store.appendEvents(build, [output(1, 'one\n'), event(2, { kind: 'build-finished', result: result() })]);
    await store.flushEvents(build);
    await store.finish(build, result());
    expect(await read).toContain('#1 one\nsucceeded');
  });

  it('says at the end that the process of the build died', async () => {
    const folder = await temporaryFolder();
    const dead = await openTestStore(folder, { identity: fixture.DEAD });
    const build = await claimed(dead);
    await dead.draw(build, DRAW);
    dead.appendEvents(build, [output(1, 'one\nhalf a li')]);
    await dead.flushEvents(build);
    const store = await openTestStore(folder);
    const expected = '#1 one\n#1 half a li\n-- the process of b42 died: this is all that it wrote\n';
    for (const follow of [true, false]) expect(await run(store, { follow })).toBe(expected);
  });

  it('writes one JSON document piece by piece', async () => {
    const store = await openTestStore(await temporaryFolder());
    const build = await finishedBuild(store);
    const document: unknown = JSON.parse(await run(store, { output: 'json' }));
    expect(document).toMatchObject({
      schemaVersion: 1,
      build: { id: build.id, number: 42 },
      events: [{ seq: 1 }, { seq: 2 }, { kind: 'build-finished' }],
    });
  });
});

describe('closingNote', () => {
  const record = { id: 'abc', number: 42 } as BuildRecord;
  it.each<[string, BuildRecord['status'], { isAlive?: boolean; isEmpty?: boolean; follow?: boolean }, string | null]>([
    ['ended', 'succeeded', {}, null],
    ['ended, log deleted', 'failed', { isEmpty: true }, '-- the log of b42 is not there any more; it ended as failed'],
    ['running', 'running', { isAlive: true }, '-- b42 is still running: with --follow the log goes on until its end'],
    ['running and followed', 'running', { isAlive: true, follow: true }, null],
    ['dead', 'running', {}, '-- the process of b42 died: this is all that it wrote'],
    ['lost', 'lost', { isEmpty: true }, '-- the process of b42 died: this is all that it wrote'],
  ])('of a build that is %s', (...[, status, change, expected]) => {
    const end = { isAlive: false, isEmpty: false, follow: false, ...change };
    expect(closingNote({ record: { ...record, status }, ...end })).toBe(expected);
  });
});
