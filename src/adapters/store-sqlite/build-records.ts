import type { AttemptResult, BuildParameters, BuildResult, RolloutResult, StageResult } from '../../ports/result.ts';
import type { BuildQuery, BuildRecord } from '../../ports/store.ts';
import type { Digest } from '../../values/image-reference.ts';
import {
  jsonIn,
  jsonOrNull,
  numberIn,
  numberOrNull,
  textIn,
  textOrNull,
  type Row,
  type Sql,
  type Value,
} from './rows.ts';

const DEFAULT_LIMIT = 20;

/** Newest first. */
export function findBuilds(sql: Sql, query: BuildQuery): readonly BuildRecord[] {
  const conditions: readonly (readonly [string, Value | undefined])[] = [
    ['service = ?', query.service],
    ['site = ?', query.site],
    ['n = ?', query.number],
    ['id = ?', query.id],
  ];
  const asked = conditions.filter((condition): condition is [string, Value] => condition[1] !== undefined);
  const conditionTexts = [
    ...asked.map(([text]) => text),
    ...(query.pushed === true ? ['digest IS NOT NULL AND fingerprint IS NOT NULL'] : []),
    ...(query.numbered === true ? ['n IS NOT NULL'] : []),
  ];
  const where = conditionTexts.length === 0 ? '' : `WHERE ${conditionTexts.join(' AND ')}`;
  const limit = Math.max(0, Math.trunc(query.limit ?? DEFAULT_LIMIT));
  const rows = sql.all(`SELECT * FROM builds ${where} ORDER BY seq DESC LIMIT ?`, [
    ...asked.map(([, value]) => value),
    limit,
  ]);
  return rows.map((row) => buildRecord(sql, row));
}

function buildRecord(sql: Sql, row: Row): BuildRecord {
  const id = textIn(row, 'id');
  const result = jsonOrNull(row, 'result') as BuildResult | null;
  return {
    id,
    service: textIn(row, 'service'),
    site: textIn(row, 'site'),
    command: textIn(row, 'command') as BuildRecord['command'],
    number: numberOrNull(row, 'n'),
    status: textIn(row, 'status') as BuildRecord['status'],
    attempt: numberIn(row, 'attempt'),
    parameters: jsonIn(row, 'parameters') as BuildParameters,
    startedBy: textIn(row, 'started_by'),
    startedAt: textIn(row, 'started_at'),
    finishedAt: textOrNull(row, 'finished_at'),
    commit: textOrNull(row, 'commit_sha'),
    digest: textOrNull(row, 'digest') as Digest | null,
    fingerprint: textOrNull(row, 'fingerprint'),
    sizeBytes: numberOrNull(row, 'size_bytes'),
    // The result is complete (it also has what never began); what was written on the way counts where there is none.
    stages: result?.stages ?? stagesOf(sql, id),
    attempts: result?.attempts ?? attemptsOf(sql, id),
    rollouts: result?.rollouts ?? rolloutsOf(sql, id),
    result,
  };
}

function stagesOf(sql: Sql, buildId: string): readonly StageResult[] {
  return sql.all('SELECT * FROM stages WHERE build_id = ? ORDER BY rowid', [buildId]).map((row) => ({
    name: textIn(row, 'name'),
    status: textIn(row, 'status') as StageResult['status'],
    durationMs: numberIn(row, 'duration_ms'),
  }));
}

function attemptsOf(sql: Sql, buildId: string): readonly AttemptResult[] {
  return sql.all('SELECT * FROM attempts WHERE build_id = ? ORDER BY seq', [buildId]).map((row) => ({
    stage: textIn(row, 'stage'),
    rule: textIn(row, 'rule'),
    outcome: textIn(row, 'outcome') as AttemptResult['outcome'],
    evidence: textIn(row, 'evidence'),
    remedy: textIn(row, 'remedy') as AttemptResult['remedy'],
    at: textIn(row, 'place'),
    durationMs: numberIn(row, 'duration_ms'),
  }));
}

function rolloutsOf(sql: Sql, buildId: string): readonly RolloutResult[] {
  return sql
    .all(`SELECT result FROM rollouts WHERE build_id = ? AND status = 'closed' ORDER BY seq`, [buildId])
    .map((row) => jsonIn(row, 'result') as RolloutResult);
}
