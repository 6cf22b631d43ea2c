import { StoreError } from '../../errors/xgen-error.ts';
import { numberIn, type Sql } from './rows.ts';

/**
 * The schema as steps. The number of steps applied is kept in `PRAGMA user_version`; a step that was released is never
 * changed, only followed by another.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE counters (service TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT`,
    `CREATE TABLE builds (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       service TEXT NOT NULL,
       site TEXT NOT NULL,
       command TEXT NOT NULL,
       n INTEGER,
       status TEXT NOT NULL,
       attempt INTEGER NOT NULL DEFAULT 1,
       parameters TEXT NOT NULL,
       parameters_key TEXT NOT NULL,
       started_by TEXT NOT NULL,
       started_at TEXT NOT NULL,
       finished_at TEXT,
       commit_sha TEXT,
       digest TEXT,
       fingerprint TEXT,
       result TEXT,
       cancel_requested INTEGER NOT NULL DEFAULT 0,
       token TEXT NOT NULL,
       owner TEXT NOT NULL,
       lease_until REAL NOT NULL,
       beat INTEGER NOT NULL DEFAULT 1,
       UNIQUE (service, n)
     ) STRICT`,
    // The mutex itself: whatever a claim decides, there is never a second running build of a service and site.
    `CREATE UNIQUE INDEX builds_one_running ON builds (service, site) WHERE status = 'running'`,
    `CREATE INDEX builds_by_site ON builds (service, site, seq)`,
    // Every number that was ever handed out, also those that a build exchanged for a later one.
    `CREATE TABLE numbers (
       service TEXT NOT NULL, n INTEGER NOT NULL, build_id TEXT NOT NULL, PRIMARY KEY (service, n)
     ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE waiters (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       service TEXT NOT NULL,
       site TEXT NOT NULL,
       command TEXT NOT NULL,
       parameters_key TEXT NOT NULL,
       trigger_kind TEXT NOT NULL,
       started_by TEXT NOT NULL,
       asked_at TEXT NOT NULL,
       superseded_by TEXT,
       owner TEXT NOT NULL,
       lease_until REAL NOT NULL,
       beat INTEGER NOT NULL DEFAULT 1
     ) STRICT`,
    `CREATE INDEX waiters_in_line ON waiters (service, site, seq)`,
    `CREATE TABLE stages (
       build_id TEXT NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
       name TEXT NOT NULL, status TEXT NOT NULL, duration_ms REAL NOT NULL,
       PRIMARY KEY (build_id, name)
     ) STRICT`,
    `CREATE TABLE attempts (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       build_id TEXT NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
       outcome TEXT NOT NULL, evidence TEXT NOT NULL, remedy TEXT NOT NULL, duration_ms REAL NOT NULL
     ) STRICT`,
    `CREATE INDEX attempts_of_build ON attempts (build_id)`,
    `CREATE TABLE rollouts (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       build_id TEXT NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
       token TEXT NOT NULL,
       target_identity TEXT NOT NULL,
       snapshot TEXT NOT NULL,
       status TEXT NOT NULL,
       result TEXT
     ) STRICT`,
    `CREATE INDEX rollouts_of_build ON rollouts (build_id)`,
    `CREATE INDEX rollouts_open ON rollouts (target_identity) WHERE status = 'open'`,
    // A row stays after its release: the fence must go on growing.
    `CREATE TABLE locks (
       name TEXT PRIMARY KEY,
       fence INTEGER NOT NULL,
       token TEXT,
       held_by TEXT NOT NULL,
       owner TEXT NOT NULL,
       lease_until REAL NOT NULL,
       beat INTEGER NOT NULL DEFAULT 1
     ) STRICT`,
  ],
  [
    `ALTER TABLE attempts ADD COLUMN stage TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE attempts ADD COLUMN rule TEXT NOT NULL DEFAULT 'unknown'`,
    `ALTER TABLE attempts ADD COLUMN place TEXT NOT NULL DEFAULT ''`,
  ],
  [`ALTER TABLE builds ADD COLUMN size_bytes INTEGER`],
];

/** Brings the schema up to date, inside the caller's transaction. Throws STORE_NEWER for a schema from the future. */
export function migrate(sql: Sql, path: string, migrations: readonly (readonly string[])[] = MIGRATIONS): void {
  const version = schemaVersion(sql);
  if (version > migrations.length) throw newer(path, version, migrations.length);
  for (const step of migrations.slice(version)) for (const statement of step) sql.run(statement);
  if (version < migrations.length) sql.run(`PRAGMA user_version = ${String(migrations.length)}`);
}

export function schemaVersion(sql: Sql): number {
  const row = sql.first('PRAGMA user_version');
  return row === null ? 0 : numberIn(row, 'user_version');
}

function newer(path: string, found: number, known: number): StoreError {
  return new StoreError({
    code: 'STORE_NEWER',
    message: `the state ${path} was written by a newer xgen-build (schema ${String(found)}, this one knows ${String(known)})`,
    hint: 'update xgen-build, or name another folder with --state or XGEN_STATE_DIR',
    facts: { path, found, known },
  });
}
