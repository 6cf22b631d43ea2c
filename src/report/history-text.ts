import type { BuildResult } from '../ports/result.ts';
import type { BuildRecord } from '../ports/store.ts';
import { durationText, relativeTime } from './format.ts';
import { tableLines, type Column } from './table.ts';

const SHORT_COMMIT_LENGTH = 7;

/** Shown first to last; where the window is too narrow, what counts least goes first. */
const COLUMNS: readonly Column[] = [
  { title: 'BUILD', keep: 9 },
  { title: 'SERVICE', keep: 7 },
  { title: 'SITE', keep: 6 },
  { title: 'STATUS', keep: 8 },
  { title: 'COMMIT', keep: 3 },
  { title: 'WHEN', keep: 5 },
  { title: 'TOOK', keep: 1 },
  { title: 'BY', keep: 2 },
  { title: 'REASON', keep: 4 },
];

/** A table of builds, a line each, none wider than `width`; a sentence where there is none. */
export function historyText(options: {
  readonly builds: readonly BuildRecord[];
  readonly query: { readonly service?: string; readonly site?: string };
  readonly now: Date;
  readonly width: number;
}): string {
  const { builds, query, now, width } = options;
  if (builds.length === 0) return `${emptyText(query)}\n`;
  const rows = builds.map((build) => rowOf(build, now));
  return `${tableLines({ columns: COLUMNS, rows, width }).join('\n')}\n`;
}

function emptyText({ service, site }: { readonly service?: string; readonly site?: string }): string {
  const what = service === undefined ? 'Nothing' : `No build of ${service}`;
  const where = site === undefined ? '' : ` for site ${site}`;
  return `${what}${where} is recorded on this machine.`;
}

function rowOf(build: BuildRecord, now: Date): readonly string[] {
  return [
    nameOf(build),
    build.service,
    build.site,
    build.status,
    build.commit?.slice(0, SHORT_COMMIT_LENGTH) ?? '',
    relativeTime(build.startedAt, now),
    tookText(build, now),
    build.startedBy,
    reasonText(build),
  ];
}

/** What `logs` takes: `b42` for the build that drew the number; the id for what drew none, as a rollback to b42. */
function nameOf({ number, id }: BuildRecord): string {
  return number === null ? id : `b${String(number)}`;
}

function tookText(build: BuildRecord, now: Date): string {
  if (build.result !== null) return durationText(build.result.durationMs);
  return build.status === 'running' ? durationText(now.getTime() - Date.parse(build.startedAt)) : '';
}

/** What went well says in its reason what it was: `promotes b42 from dev`. */
function reasonText(build: BuildRecord): string {
  const isSaid = build.command === 'build' || build.status === 'succeeded';
  const command = isSaid ? '' : `${build.command}: `;
  return `${command}${whyText(build)}${build.attempt > 1 ? ` (attempt ${String(build.attempt)})` : ''}`;
}

function whyText({ result, status }: BuildRecord): string {
  if (result?.error) return `${result.error.code} ${result.error.message}`;
  if (result !== null) return `${result.reason}${healedText(result)}`;
  return status === 'lost' ? 'its process died' : '';
}

/** ` (healed: layer-missing, rate-limit)`: what failed on the way, each once. */
function healedText({ attempts }: BuildResult): string {
  const rules = [...new Set(attempts.map(({ rule }) => rule))];
  return rules.length === 0 ? '' : ` (healed: ${rules.join(', ')})`;
}
