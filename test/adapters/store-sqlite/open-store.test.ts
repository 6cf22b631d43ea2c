import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate, MIGRATIONS, schemaVersion } from '../../../src/adapters/store-sqlite/migrations.ts';
import type { Sql } from '../../../src/adapters/store-sqlite/rows.ts';
import { isDiskFull, storeError } from '../../../src/adapters/store-sqlite/store-errors.ts';
import { claimed, never, openTestStore, output, temporaryFolder } from './fixture.ts';

function sqlOf(database: DatabaseSync): Sql {
  return {
    all: (text, values = []) => database.prepare(text).all(...values),
    first: (text, values = []) => database.prepare(text).get(...values) ?? null,
    run: (text, values = []) => Number(database.prepare(text).run(...values).changes),
  };
}

function memory(): Sql {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  return sqlOf(database);
}

describe('openStore', () => {
  it('makes a folder and files that only their owner can read', async () => {
    const folder = join(await temporaryFolder(), 'state');
    const store = await openTestStore(folder);
    const build = await claimed(store);
    store.appendEvents(build, [output(1, 'hello')]);
    await store.flushEvents(build);
    const log = join(folder, 'logs', 'xgen-core', `${build.id}.ndjson`);
    const files = (await readdir(folder))
      .filter((name) => name.startsWith('state.db'))
      .map((name) => join(folder, name));
    expect(files.length).toBeGreaterThan(1);
    for (const file of [log, ...files]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    for (const dir of [folder, join(folder, 'logs')]) expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  it('opens one state many times at once', async () => {
    const folder = await temporaryFolder();
    const stores = await Promise.all(Array.from({ length: 8 }, () => openTestStore(folder)));
    const build = await claimed(stores[0] ?? (await openTestStore(folder)));
    for (const store of stores) expect(await store.find({ id: build.id })).toHaveLength(1);
  });

  it('says of a damaged file that it may be deleted', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'state.db'), 'this is not a database, '.repeat(100));
    await expect(openTestStore(folder)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: expect.stringContaining('build numbers go on from the registry') as string,
    });
  });

  it('says where the state cannot be made', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(openTestStore(join(folder, 'file', 'state'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      hint: expect.stringContaining('XGEN_STATE_DIR') as string,
    });
    await mkdir(join(folder, 'state.db'));
    await expect(openTestStore(folder)).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('narrows a file that others could read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'state.db'), '');
    await chmod(join(folder, 'state.db'), 0o644);
    await openTestStore(folder);
    expect((await stat(join(folder, 'state.db'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a state that a newer version wrote, and leaves it as it is', async () => {
    const folder = await temporaryFolder();
    const database = new DatabaseSync(join(folder, 'state.db'));
    database.exec('PRAGMA user_version = 99; CREATE TABLE future (x)');
    await expect(openTestStore(folder)).rejects.toMatchObject({
      code: 'STORE_NEWER',
      exitCode: 2,
      message: expect.stringContaining('schema 99') as string,
    });
    expect(schemaVersion(sqlOf(database))).toBe(99);
    database.close();
  });

  it.each(MIGRATIONS.map((_step, version) => version))('brings a state of version %i up to date', async (version) => {
    const folder = await temporaryFolder();
    const database = new DatabaseSync(join(folder, 'state.db'));
    migrate(sqlOf(database), 'state.db', MIGRATIONS.slice(0, version));
    database.close();
    const store = await openTestStore(folder);
    const build = await claimed(store);
    expect(await store.find({ service: 'xgen-core' })).toMatchObject([{ id: build.id }]);
  });

  it('prints no warning about the database of Node', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listen);
    const { emitWarning } = Object.getOwnPropertyDescriptors(process);
    const store = await openTestStore(await temporaryFolder());
    await store.lock('x', { owner: 'x', signal: never, onBusy: () => undefined });
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(Object.getOwnPropertyDescriptors(process).emitWarning).toEqual(emitWarning);
  });
});

describe('migrate', () => {
  const steps = [
    ['CREATE TABLE builds (id TEXT)', "INSERT INTO builds VALUES ('one')"],
    ["ALTER TABLE builds ADD COLUMN site TEXT NOT NULL DEFAULT 'main'"],
    ['CREATE INDEX builds_by_site ON builds (site)'],
  ];

  it.each([0, 1, 2, 3])('goes on from version %i and keeps what is there', (version) => {
    const sql = memory();
    migrate(sql, 'state.db', steps.slice(0, version));
    expect(schemaVersion(sql)).toBe(version);
    migrate(sql, 'state.db', steps);
    expect(schemaVersion(sql)).toBe(3);
    expect(sql.all('SELECT id, site FROM builds')).toMatchObject([{ id: 'one', site: 'main' }]);
  });
});

describe('storeError', () => {
  const sqlite = (errcode: number) => Object.assign(new Error('from SQLite'), { errcode });
  const system = (code: string) => Object.assign(new Error('from the system'), { code });

  it.each([
    ['a full disk', sqlite(13), 'DISK_FULL', 'full'],
    ['a full disk, said by the system', system('ENOSPC'), 'DISK_FULL', 'df -h'],
    ['a spent quota', system('EDQUOT'), 'DISK_FULL', 'make room'],
    ['a lock that is never given back', sqlite(5), 'STORE_FAILED', 'locked for too long'],
    ['a damaged file', sqlite(11), 'STORE_FAILED', 'damaged'],
    ['something that is no database', sqlite(26), 'STORE_FAILED', 'damaged'],
    ['a file that may not be written', sqlite(8), 'STORE_FAILED', 'right to write'],
    ['an extended code', sqlite(1032), 'STORE_FAILED', 'right to write'],
    ['a folder that may not be made', system('EACCES'), 'STORE_FAILED', 'right to write'],
    ['anything else', new Error('surprise'), 'STORE_FAILED', 'surprise'],
  ])('puts %s into words', (...[, thrown, code, text]) => {
    const error = storeError(thrown, '/state/state.db');
    expect(error).toMatchObject({ code, cause: thrown });
    expect(`${error.message} ${error.hint ?? ''}`).toContain(text);
  });

  it('lets our own errors pass', () => {
    const own = storeError(new Error('x'), 'p');
    expect(storeError(own, 'q')).toBe(own);
    expect(isDiskFull('text')).toBe(false);
  });
});
