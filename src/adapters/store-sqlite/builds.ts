import type { AttemptResult, BuildResult, StageResult } from '../../ports/result.ts';
import type { BuildFacts, BuildHandle } from '../../ports/store.ts';
import type { Leases } from './leases.ts';
import { textIn, type Row, type Sql } from './rows.ts';

/** The fence of every write: the row is still this owner's. Takes id and token. */
const OWNED = `id = ? AND token = ? AND status = 'running'`;

export function isOwned(sql: Sql, build: BuildHandle): boolean {
  return sql.first(`SELECT 1 FROM builds WHERE ${OWNED}`, [build.id, build.token]) !== null;
}

/** What is left out keeps its value. */
export function writeFacts(sql: Sql, build: BuildHandle, facts: BuildFacts): void {
  sql.run(
    `UPDATE builds SET commit_sha = coalesce(?, commit_sha), digest = coalesce(?, digest),
       fingerprint = coalesce(?, fingerprint), size_bytes = coalesce(?, size_bytes) WHERE ${OWNED}`,
    [
      facts.commit ?? null,
      facts.digest ?? null,
      facts.fingerprint ?? null,
      facts.sizeBytes ?? null,
      build.id,
      build.token,
    ],
  );
}

export function writeStage(sql: Sql, build: BuildHandle, stage: StageResult): void {
  if (!isOwned(sql, build)) return;
  sql.run(
    `INSERT INTO stages (build_id, name, status, duration_ms) VALUES (?, ?, ?, ?) ON CONFLICT (build_id, name)
     DO UPDATE SET status = excluded.status, duration_ms = excluded.duration_ms`,
    [build.id, stage.name, stage.status, stage.durationMs],
  );
}

export function writeAttempt(sql: Sql, build: BuildHandle, attempt: AttemptResult): void {
  if (!isOwned(sql, build)) return;
  const { stage, rule, outcome, evidence, remedy, at, durationMs } = attempt;
  sql.run(
    `INSERT INTO attempts (build_id, stage, rule, outcome, evidence, remedy, place, duration_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [build.id, stage, rule, outcome, evidence, remedy, at, durationMs],
  );
}

/** False where the build is no longer the caller's; then nothing was written. */
export function writeResult(sql: Sql, build: BuildHandle, ending: { result: BuildResult; now: string }): boolean {
  const { result, now } = ending;
  const changed = sql.run(
    `UPDATE builds SET status = ?, finished_at = ?, result = ?, commit_sha = coalesce(?, commit_sha),
       digest = coalesce(?, digest) WHERE ${OWNED}`,
    [result.status, now, JSON.stringify(result), result.commit, result.digest, build.id, build.token],
  );
  return changed === 1;
}

/** False where the build does not run: it has ended, or its process has. */
export function askForCancel(sql: Sql, buildId: string, leases: Leases): boolean {
  if (!isBuildAlive(sql, buildId, leases)) return false;
  return sql.run(`UPDATE builds SET cancel_requested = 1 WHERE id = ? AND status = 'running'`, [buildId]) === 1;
}

export function isBuildAlive(sql: Sql, buildId: string, leases: Leases): boolean {
  const row = sql.first(`SELECT * FROM builds WHERE id = ? AND status = 'running'`, [buildId]);
  return row !== null && isRowAlive(row, leases);
}

/** Of a running build's row. */
export function isRowAlive(row: Row, leases: Leases): boolean {
  return !leases.isOver(row, textIn(row, 'token'));
}
