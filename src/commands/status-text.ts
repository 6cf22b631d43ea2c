import { relativeTime } from '../report/format.ts';
import { tableLines } from '../report/table.ts';
import { foldWords, oneLine } from '../report/terminal-text.ts';
import { shortDigest } from '../values/image-reference.ts';
import type { StatusRow } from './status-rows.ts';

/** The table, a line per target; below it why targets did not answer, each reason once, with what to do. */
export function statusText(
  rows: readonly StatusRow[],
  { now, width }: { readonly now: Date; readonly width: number },
): string {
  if (rows.length === 0) return 'No targets.\n';
  const columns = [
    { title: 'SERVICE', keep: 9 },
    { title: 'SITE', keep: 7 },
    { title: 'ENV', keep: 8 },
    { title: 'BUILD', keep: 6 },
    { title: 'COMMIT', keep: 3 },
    { title: 'DIGEST', keep: 2 },
    { title: 'SINCE', keep: 4 },
    { title: 'BY', keep: 1 },
    { title: 'AS MEANT', keep: 10 },
  ];
  const cells = rows.map((row) => [
    row.service,
    siteOf(row),
    row.env,
    row.number === null ? '-' : `b${String(row.number)}`,
    row.commit?.slice(0, 7) ?? '-',
    row.digest === null ? '-' : shortDigest(row.digest),
    row.since === null ? '-' : relativeTime(row.since, now),
    row.startedBy ?? '-',
    row.error === null ? row.verdict : 'unreachable',
  ]);
  const lines = [...tableLines({ columns, rows: cells, width }), ...problemLines(rows, width)];
  return `${lines.join('\n')}\n`;
}

/** Sites share a place: where nothing runs it is nobody's. */
function siteOf({ runsSite, verdict, site }: StatusRow): string {
  return runsSite === null && verdict === 'not there' ? '-' : site;
}

function problemLines(rows: readonly StatusRow[], width: number): readonly string[] {
  const errors = rows.flatMap(({ error }) => (error === null ? [] : [error]));
  const distinct = new Map(errors.map((error) => [error.message, error]));
  return [...distinct.values()].flatMap(({ message, hint }) => [
    '',
    ...foldWords(oneLine(message), width),
    ...(hint === null ? [] : foldWords(`→ ${oneLine(hint)}`, width)),
  ]);
}
