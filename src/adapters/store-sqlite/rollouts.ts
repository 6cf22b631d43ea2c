import { randomUUID } from 'node:crypto';
import type { RolloutResult } from '../../ports/result.ts';
import type { BuildHandle, OpenRollout } from '../../ports/store.ts';
import type { TargetSnapshot } from '../../ports/target.ts';
import { isOwned, isRowAlive } from './builds.ts';
import type { Leases } from './leases.ts';
import { lostBuild } from './numbers.ts';
import { jsonIn, textIn, type Row, type Sql } from './rows.ts';

/** Throws LOST: a target must not be touched for a build that is another process's. */
export function beginRollout(
  sql: Sql,
  build: BuildHandle,
  rollout: { targetIdentity: string; snapshot: TargetSnapshot },
): OpenRollout {
  if (!isOwned(sql, build)) throw lostBuild();
  const id = randomUUID();
  sql.run(
    `INSERT INTO rollouts (id, build_id, token, target_identity, snapshot, status) VALUES (?, ?, ?, ?, ?, 'open')`,
    [id, build.id, build.token, rollout.targetIdentity, JSON.stringify(rollout.snapshot)],
  );
  return { id, buildId: build.id, ...rollout };
}

export function endRollout(sql: Sql, build: BuildHandle, rollout: { id: string; result: RolloutResult }): void {
  if (!isOwned(sql, build)) return;
  sql.run(
    `UPDATE rollouts SET status = 'closed', result = ? WHERE id = ? AND build_id = ? AND token = ? AND status = 'open'`,
    [JSON.stringify(rollout.result), rollout.id, build.id, build.token],
  );
}

/** Open ones that nobody works on: the build has ended, was taken over, or its process is dead. Oldest first. */
export function findAbandoned(sql: Sql, targetIdentity: string, leases: Leases): readonly OpenRollout[] {
  const rows = sql.all(
    `SELECT r.id AS rollout_id, r.build_id, r.target_identity, r.snapshot, r.token = b.token AS is_current,
       b.status, b.token, b.owner, b.lease_until, b.beat
     FROM rollouts r JOIN builds b ON b.id = r.build_id
     WHERE r.target_identity = ? AND r.status = 'open' ORDER BY r.seq`,
    [targetIdentity],
  );
  return rows.filter((row) => !isUnderWay(row, leases)).map(openRollout);
}

function isUnderWay(row: Row, leases: Leases): boolean {
  return row['is_current'] === 1 && row['status'] === 'running' && isRowAlive(row, leases);
}

function openRollout(row: Row): OpenRollout {
  return {
    id: textIn(row, 'rollout_id'),
    buildId: textIn(row, 'build_id'),
    targetIdentity: textIn(row, 'target_identity'),
    snapshot: jsonIn(row, 'snapshot') as TargetSnapshot,
  };
}

export function forgetRollout(sql: Sql, id: string): void {
  sql.run(`UPDATE rollouts SET status = 'dismissed' WHERE id = ? AND status = 'open'`, [id]);
}
