import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import { loadSqlite } from './load-sqlite.ts';
import { migrate } from './migrations.ts';
import type { Row, Sql, Value } from './rows.ts';
import { isBusy, isFromSqlite, storeError } from './store-errors.ts';

/** How long SQLite itself may wait for another process: it blocks this one's event loop meanwhile. */
const BUSY_TIMEOUT_MS = 15;
/** How long a busy database is asked again, with pauses in which the event loop runs. */
const GIVE_UP_AFTER_MS = 15_000;
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/** One SQLite file. Work is synchronous and whole: nothing is awaited while a transaction is open. */
export interface Database {
  /** Runs `work` in a write transaction; it is rolled back when `work` throws, and run again when the file is busy. */
  readonly write: <T>(work: (sql: Sql) => T) => Promise<T>;
  /** Runs `work` on one consistent snapshot. */
  readonly read: <T>(work: (sql: Sql) => T) => Promise<T>;
  readonly close: () => void;
}

/** Opens or makes the file and brings its schema up to date. Throws STORE_FAILED, STORE_NEWER, DISK_FULL. */
export async function openDatabase(path: string, clock: Clock): Promise<Database> {
  const connection = connect(path);
  const again = { clock, path };
  try {
    await tryAgain(again, () => connection.exec('PRAGMA journal_mode = WAL'));
    connection.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF');
    const sql = sqlOn(connection);
    await tryAgain(again, () => transact(connection, 'IMMEDIATE', () => migrate(sql, path)));
    const inTurn = createTurns();
    return {
      write: (work) => {
        const giveUpAt = clock.monotonicMs() + GIVE_UP_AFTER_MS;
        return inTurn(() => tryAgain({ ...again, giveUpAt }, () => transact(connection, 'IMMEDIATE', () => work(sql))));
      },
      read: (work) => tryAgain(again, () => transact(connection, 'DEFERRED', () => work(sql))),
      close: () => {
        if (connection.isOpen) connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connect(path: string): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  try {
    return new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  } catch (error) {
    throw storeError(error, path);
  }
}

function transact<T>(connection: DatabaseSync, mode: 'IMMEDIATE' | 'DEFERRED', work: () => T): T {
  connection.exec(`BEGIN ${mode}`);
  try {
    const value = work();
    connection.exec('COMMIT');
    return value;
  } catch (error) {
    // A full disk makes SQLite roll back by itself.
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function sqlOn(connection: DatabaseSync): Sql {
  const statements = new Map<string, StatementSync>();
  function prepared(text: string): StatementSync {
    const known = statements.get(text) ?? connection.prepare(text);
    statements.set(text, known);
    return known;
  }
  return {
    all: (text, values: readonly Value[] = []): readonly Row[] => prepared(text).all(...values),
    first: (text, values: readonly Value[] = []) => prepared(text).get(...values) ?? null,
    run: (text, values: readonly Value[] = []) => Number(prepared(text).run(...values).changes),
  };
}

/**
 * Runs pieces of work one after another. Were all writers of a process to find the file busy in the same turn of the
 * event loop, it would stand still for the sum of their waiting.
 */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Many processes share the file: the pauses differ, so that they do not meet again and again. */
async function tryAgain<T>(
  { clock, path, giveUpAt = clock.monotonicMs() + GIVE_UP_AFTER_MS }: { clock: Clock; path: string; giveUpAt?: number },
  act: () => T,
): Promise<T> {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() > giveUpAt) throw isFromSqlite(error) ? storeError(error, path) : error;
    }
    await clock.sleep(SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
  }
}
