import { randomBytes, randomUUID } from 'node:crypto';
import type { BuildClaim, BuildHandle, ClaimAnswer, ClaimedBuild, HeartbeatAnswer } from '../../ports/store.ts';
import { decideClaim, type RunningBuild } from './claim-decision.ts';
import type { Leases } from './leases.ts';
import { numberIn, numberOrNull, textIn, textOrNull, type Sql } from './rows.ts';
import { dropDeadWaiters, joinLine, leaveLine, waitingLine, type ClaimWorld } from './waiting-line.ts';

export function claimBuild(
  sql: Sql,
  question: { readonly claim: BuildClaim; readonly waiterId: string },
  world: ClaimWorld,
): ClaimAnswer {
  const { claim, waiterId } = question;
  dropDeadWaiters(sql, claim, world.leases);
  joinLine(sql, question, world);
  const line = waitingLine(sql, claim);
  const asking = line.find((waiting) => waiting.id === waiterId);
  if (asking === undefined) throw new Error('a claim is not in its own line');
  const decision = decideClaim({ asking, line, running: runningBuild(sql, claim, world.leases) });
  if (decision.kind === 'superseded') return { status: 'superseded', by: decision.by };
  if (decision.kind === 'busy') {
    return { status: 'busy', startedBy: decision.startedBy, number: decision.number, since: decision.since };
  }
  leaveLine(sql, waiterId);
  if (decision.kind === 'take-over') return { status: 'claimed', build: takeOver(sql, { claim, ...decision }, world) };
  if (decision.lostBuildId !== null) markLost(sql, decision.lostBuildId, world.now);
  return { status: 'claimed', build: start(sql, claim, world) };
}

export function beat(sql: Sql, build: BuildHandle, leases: Leases): HeartbeatAnswer {
  const row = sql.first(
    `UPDATE builds SET lease_until = ?, beat = beat + 1 WHERE id = ? AND token = ? AND status = 'running'
     RETURNING cancel_requested`,
    [leases.until(), build.id, build.token],
  );
  if (row === null) return 'lost';
  return numberIn(row, 'cancel_requested') === 1 ? 'cancel' : 'ok';
}

function runningBuild(sql: Sql, claim: BuildClaim, leases: Leases): RunningBuild | null {
  const row = sql.first(`SELECT * FROM builds WHERE service = ? AND site = ? AND status = 'running'`, [
    claim.service,
    claim.site,
  ]);
  if (row === null) return null;
  return {
    id: textIn(row, 'id'),
    command: textIn(row, 'command') as BuildClaim['command'],
    parametersKey: textIn(row, 'parameters_key'),
    attempt: numberIn(row, 'attempt'),
    number: numberOrNull(row, 'n'),
    startedBy: textIn(row, 'started_by'),
    startedAt: textIn(row, 'started_at'),
    isAlive: !leases.isOver(row, textIn(row, 'token')),
  };
}

function markLost(sql: Sql, buildId: string, now: string): void {
  sql.run(`UPDATE builds SET status = 'lost', finished_at = ? WHERE id = ?`, [now, buildId]);
}

function takeOver(
  sql: Sql,
  order: { claim: BuildClaim; buildId: string; attempt: number },
  { leases }: ClaimWorld,
): ClaimedBuild {
  const { claim, buildId, attempt } = order;
  const token = randomUUID();
  const row = sql.first(
    `UPDATE builds SET token = ?, owner = ?, lease_until = ?, beat = beat + 1, attempt = ?, started_by = ?,
       parameters = ?, cancel_requested = 0 WHERE id = ? RETURNING n, commit_sha`,
    [token, leases.owner, leases.until(), attempt, claim.startedBy, JSON.stringify(claim.parameters), buildId],
  );
  if (row === null) throw new Error('a build that was to be taken over is gone');
  // They are of the attempt that died; this one goes through all of them again.
  sql.run('DELETE FROM stages WHERE build_id = ?', [buildId]);
  const { service, site } = claim;
  return {
    id: buildId,
    token,
    service,
    site,
    attempt,
    number: numberOrNull(row, 'n'),
    commit: textOrNull(row, 'commit_sha'),
  };
}

function start(sql: Sql, claim: BuildClaim, { leases, now }: ClaimWorld): ClaimedBuild {
  // Short, because people type it for a build that never drew a number.
  const id = randomBytes(6).toString('hex');
  const token = randomUUID();
  sql.run(
    `INSERT INTO builds
       (id, service, site, command, status, parameters, parameters_key, started_by, started_at, token, owner, lease_until)
     VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)`,
    [
      id,
      claim.service,
      claim.site,
      claim.command,
      JSON.stringify(claim.parameters),
      claim.parametersKey,
      claim.startedBy,
      now,
      token,
      leases.owner,
      leases.until(),
    ],
  );
  return { id, token, service: claim.service, site: claim.site, attempt: 1, number: null, commit: null };
}
