import { randomUUID } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { LockHandle, Store } from '../../ports/store.ts';
import type { Database } from './database.ts';
import type { Leases } from './leases.ts';
import { numberIn, textIn, textOrNull, type Sql } from './rows.ts';

const FIRST_PAUSE_MS = 40;
const LONGEST_PAUSE_MS = 500;

type LockOptions = Parameters<Store['lock']>[1];

interface Locks {
  lock(name: string, options: LockOptions): Promise<LockHandle>;
  /** Extends the leases of all locks that this process holds; nothing where it holds none. */
  renew(): Promise<void>;
  releaseAll(): Promise<void>;
}

type Attempt =
  | { readonly kind: 'held'; readonly token: string; readonly fence: number }
  | { readonly kind: 'busy'; readonly holder: string };

/** Locks over processes. One that is held is kept by its process's life, or, seen from another machine, by its lease. */
export function createLocks({ database, leases, clock }: { database: Database; leases: Leases; clock: Clock }): Locks {
  const held = new Map<string, string>();

  async function acquire(name: string, options: LockOptions): Promise<Extract<Attempt, { kind: 'held' }>> {
    let hasTold = false;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
      options.signal.throwIfAborted();
      const attempt = await database.write((sql) => tryLock(sql, { name, owner: options.owner }, leases));
      if (attempt.kind === 'held') return attempt;
      if (!hasTold) options.onBusy(attempt.holder);
      hasTold = true;
      await clock.sleep(pauseMs * (0.5 + Math.random()), options.signal);
    }
  }

  async function release(token: string): Promise<void> {
    const name = held.get(token);
    if (name === undefined) return;
    await database.write((sql) => sql.run('UPDATE locks SET token = NULL WHERE name = ? AND token = ?', [name, token]));
    held.delete(token);
  }

  return {
    async lock(name, options) {
      const { token, fence } = await acquire(name, options);
      held.set(token, name);
      return { name, fence, release: () => release(token) };
    },
    async renew() {
      if (held.size === 0) return;
      await database.write((sql) => {
        for (const [token, name] of held)
          sql.run('UPDATE locks SET lease_until = ?, beat = beat + 1 WHERE name = ? AND token = ?', [
            leases.until(),
            name,
            token,
          ]);
      });
    },
    async releaseAll() {
      for (const token of held.keys()) await release(token);
    },
  };
}

function tryLock(sql: Sql, wish: { name: string; owner: string }, leases: Leases): Attempt {
  const row = sql.first('SELECT * FROM locks WHERE name = ?', [wish.name]);
  const holder = row === null ? null : textOrNull(row, 'token');
  if (row !== null && holder !== null && !leases.isGone(row, holder)) {
    return { kind: 'busy', holder: textIn(row, 'held_by') };
  }
  const token = randomUUID();
  const fence = row === null ? 1 : numberIn(row, 'fence') + 1;
  sql.run(
    `INSERT INTO locks (name, fence, token, held_by, owner, lease_until) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET fence = excluded.fence, token = excluded.token, held_by = excluded.held_by,
       owner = excluded.owner, lease_until = excluded.lease_until, beat = beat + 1`,
    [wish.name, fence, token, wish.owner, leases.owner, leases.until()],
  );
  return { kind: 'held', token, fence };
}
