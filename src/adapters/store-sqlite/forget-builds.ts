import { rm } from 'node:fs/promises';
import type { ForgetOrder } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { eventFilePath } from './event-files.ts';
import { numberIn, numberOrNull, textIn, type Sql } from './rows.ts';

interface Old {
  readonly id: string;
  readonly number: number | null;
  readonly attempt: number;
}

/** See `Store.forget`. The rows go first: a log without its build is nobody's, a build without its log says nothing. */
export async function forgetBuilds(
  { database, stateDir }: { readonly database: Database; readonly stateDir: string },
  order: ForgetOrder,
): Promise<readonly { readonly id: string; readonly number: number | null }[]> {
  const old = order.dryRun
    ? await database.read((sql) => oldBuilds(sql, order))
    : await database.write((sql) => removeOld(sql, order));
  if (!order.dryRun) for (const { id, attempt } of old) await removeLogs(stateDir, { ...order, id, attempt });
  return old.map(({ id, number }) => ({ id, number }));
}

function removeOld(sql: Sql, order: ForgetOrder): readonly Old[] {
  const old = oldBuilds(sql, order);
  // Stages, attempts and closed rollouts go with their build.
  for (const { id } of old) sql.run('DELETE FROM builds WHERE id = ?', [id]);
  return old;
}

function oldBuilds(sql: Sql, { service, site, keep, keepNumbers, before }: ForgetOrder): readonly Old[] {
  const rows = sql.all(
    `SELECT id, n, attempt, started_at FROM builds b WHERE service = ? AND site = ? AND status <> 'running'
       AND seq NOT IN (SELECT seq FROM builds WHERE service = ? AND site = ? ORDER BY seq DESC LIMIT ?)
       AND NOT EXISTS (SELECT 1 FROM rollouts r WHERE r.build_id = b.id AND r.status = 'open')
     ORDER BY seq`,
    [service, site, service, site, Math.max(1, keep)],
  );
  const kept = new Set(keepNumbers);
  return rows.flatMap((row) => {
    const number = numberOrNull(row, 'n');
    const isYoung = before !== null && textIn(row, 'started_at') >= before;
    if (isYoung || (number !== null && kept.has(number))) return [];
    return [{ id: textIn(row, 'id'), number, attempt: numberIn(row, 'attempt') }];
  });
}

async function removeLogs(
  stateDir: string,
  build: { readonly service: string; readonly id: string; readonly attempt: number },
): Promise<void> {
  for (let attempt = 1; attempt <= build.attempt; attempt += 1) {
    await rm(eventFilePath(stateDir, { service: build.service, buildId: build.id, attempt }), { force: true });
  }
}
