import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase, type Database } from '../../../src/adapters/store-sqlite/database.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { temporaryFolder, testClock } from './fixture.ts';

async function open(clock: Clock = testClock): Promise<{ readonly database: Database; readonly path: string }> {
  const path = join(await temporaryFolder(), 'state.db');
  const database = await openDatabase(path, clock);
  onTestFinished(() => database.close());
  return { database, path };
}

const ADD = `INSERT INTO counters (service, n) VALUES ('xgen-core', 1)`;

it('keeps nothing of a transaction that fails, and lets a fault of the program pass as itself', async () => {
  const { database } = await open();
  const fault = new TypeError('a fault of the program');
  const work = database.write((sql) => {
    sql.run(ADD);
    throw fault;
  });
  await expect(work).rejects.toBe(fault);
  expect(await database.read((sql) => sql.all('SELECT * FROM counters'))).toEqual([]);
});

it('does not spoil the writes that come after one that failed', async () => {
  const { database } = await open();
  const work = [1, 2, 3].map((n) =>
    database.write((sql) => {
      if (n === 2) throw new Error('second');
      return sql.run(`INSERT INTO counters (service, n) VALUES (?, 1)`, [String(n)]);
    }),
  );
  const settled = await Promise.allSettled(work);
  expect(settled.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('waits for another process that writes, and reads meanwhile', async () => {
  const { database, path } = await open();
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  setTimeout(() => {
    other.exec('COMMIT');
    other.close();
  }, 60);
  const write = database.write((sql) => sql.run(ADD));
  expect(await database.read((sql) => sql.all('SELECT * FROM counters'))).toEqual([]);
  expect(await write).toBe(1);
});

it('gives up on a file that stays locked, and says so', async () => {
  let nowMs = 0;
  const hasty: Clock = {
    ...testClock,
    monotonicMs: () => (nowMs += 4_000),
    sleep: () => Promise.resolve(),
  };
  const { database, path } = await open(hasty);
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await expect(database.write((sql) => sql.run(ADD))).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('locked for too long') as string,
  });
});
