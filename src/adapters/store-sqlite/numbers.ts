import { StoreError, UsageError } from '../../errors/xgen-error.ts';
import type { BuildHandle } from '../../ports/store.ts';
import { numberIn, numberOrNull, textIn, type Row, type Sql } from './rows.ts';

export interface NumberRequest {
  readonly above: number;
  readonly floor: number;
  readonly exactly: number | null;
}

/**
 * Hands out a number and writes it into the build's row. The counter only grows: neither a build that failed nor one that
 * exchanged its number ever frees it. Throws LOST, NUMBER_TAKEN.
 */
export function drawNumber(sql: Sql, build: BuildHandle, request: NumberRequest): number {
  const row = sql.first(`SELECT service, n FROM builds WHERE id = ? AND token = ? AND status = 'running'`, [
    build.id,
    build.token,
  ]);
  if (row === null) throw lostBuild();
  const service = textIn(row, 'service');
  const counter = lastNumber(sql, service);
  const n = request.exactly ?? Math.max(counter, request.above, request.floor - 1) + 1;
  if (request.exactly !== null && isTaken(sql, { row, service, n, build })) throw taken(service, n, counter);
  sql.run('INSERT INTO counters (service, n) VALUES (?1, ?2) ON CONFLICT (service) DO UPDATE SET n = max(n, ?2)', [
    service,
    n,
  ]);
  sql.run('INSERT OR IGNORE INTO numbers (service, n, build_id) VALUES (?, ?, ?)', [service, n, build.id]);
  sql.run('UPDATE builds SET n = ? WHERE id = ?', [n, build.id]);
  return n;
}

/** A write of an owner that is one no more, where it must not go on. */
export function lostBuild(): StoreError {
  return new StoreError({
    code: 'LOST',
    message: 'another process took this build over',
    hint: 'xgen-build history shows which one; its result counts',
  });
}

function lastNumber(sql: Sql, service: string): number {
  const row = sql.first('SELECT n FROM counters WHERE service = ?', [service]);
  return row === null ? 0 : numberIn(row, 'n');
}

/** A build may ask for its own number again: after a takeover it does. */
function isTaken(sql: Sql, asked: { row: Row; service: string; n: number; build: BuildHandle }): boolean {
  if (numberOrNull(asked.row, 'n') === asked.n) return false;
  return sql.first('SELECT 1 FROM numbers WHERE service = ? AND n = ?', [asked.service, asked.n]) !== null;
}

function taken(service: string, n: number, counter: number): UsageError {
  return new UsageError({
    code: 'NUMBER_TAKEN',
    message: `b${String(n)} of ${service} was handed out before`,
    hint: `leave --number away, or ask for one above ${String(counter)}`,
    facts: { service, number: n },
  });
}
