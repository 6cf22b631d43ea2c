import type { BuildClaim } from '../../ports/store.ts';
import { supersededIds, type WaitingClaim } from './claim-decision.ts';
import type { Leases } from './leases.ts';
import { numberIn, textIn, textOrNull, type Row, type Sql } from './rows.ts';

/** Who asks, and what the world looks like: handed to every operation here. */
export interface ClaimWorld {
  readonly leases: Leases;
  /** RFC 3339, UTC: for people. */
  readonly now: string;
}

export function leaveLine(sql: Sql, waiterId: string): void {
  sql.run('DELETE FROM waiters WHERE id = ?', [waiterId]);
}

/** Everybody who waits for the service and site, in order of first asking. */
export function waitingLine(sql: Sql, claim: BuildClaim): readonly WaitingClaim[] {
  return sql.all(LINE, [claim.service, claim.site]).map(waitingClaim);
}

const LINE = 'SELECT * FROM waiters WHERE service = ? AND site = ? ORDER BY seq';

export function dropDeadWaiters(sql: Sql, claim: BuildClaim, leases: Leases): void {
  for (const row of sql.all(LINE, [claim.service, claim.site])) {
    const id = textIn(row, 'id');
    if (leases.isOver(row, id)) leaveLine(sql, id);
  }
}

export function joinLine(
  sql: Sql,
  { claim, waiterId }: { claim: BuildClaim; waiterId: string },
  world: ClaimWorld,
): void {
  const known = sql.first('SELECT lease_until FROM waiters WHERE id = ?', [waiterId]);
  if (known !== null) {
    if (!world.leases.isDue(numberIn(known, 'lease_until'))) return;
    sql.run('UPDATE waiters SET lease_until = ?, beat = beat + 1 WHERE id = ?', [world.leases.until(), waiterId]);
    return;
  }
  sql.run(
    `INSERT INTO waiters
       (id, service, site, command, parameters_key, trigger_kind, started_by, asked_at, owner, lease_until)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      waiterId,
      claim.service,
      claim.site,
      claim.command,
      claim.parametersKey,
      claim.parameters.trigger,
      claim.startedBy,
      world.now,
      world.leases.owner,
      world.leases.until(),
    ],
  );
  const line = waitingLine(sql, claim);
  const newcomer = line.at(-1);
  if (newcomer === undefined) return;
  for (const id of supersededIds(newcomer, line))
    sql.run('UPDATE waiters SET superseded_by = ? WHERE id = ?', [claim.startedBy, id]);
}

function waitingClaim(row: Row): WaitingClaim {
  return {
    id: textIn(row, 'id'),
    command: textIn(row, 'command') as BuildClaim['command'],
    parametersKey: textIn(row, 'parameters_key'),
    trigger: textIn(row, 'trigger_kind') === 'automatic' ? 'automatic' : 'person',
    startedBy: textIn(row, 'started_by'),
    askedAt: textIn(row, 'asked_at'),
    supersededBy: textOrNull(row, 'superseded_by'),
  };
}
