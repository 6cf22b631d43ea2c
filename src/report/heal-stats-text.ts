import { countText, durationText, relativeTime } from './format.ts';
import type { RuleStats } from './heal-stats.ts';
import { tableLines, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'RULE', keep: 8 },
  { title: 'OUTCOME', keep: 5 },
  { title: 'AT', keep: 7 },
  { title: 'TRIES', keep: 6 },
  { title: 'BUILDS', keep: 3 },
  { title: 'HEALED', keep: 4 },
  { title: 'LOST', keep: 2 },
  { title: 'LAST', keep: 1 },
];

/** A line per rule and place, none wider than `width`. */
export function healStatsText(stats: {
  readonly rules: readonly RuleStats[];
  readonly builds: number;
  readonly now: Date;
  readonly width: number;
}): string {
  const { rules, builds, now, width } = stats;
  const over = `in ${countText(builds, 'build')}`;
  if (rules.length === 0) return `No try failed ${over} that ${builds === 1 ? 'is' : 'are'} recorded here.\n`;
  const rows = rules.map((one) => [
    one.rule,
    one.outcome,
    one.at,
    String(one.tries),
    String(one.builds),
    `${one.healed} of ${one.builds}`,
    durationText(one.lostMs),
    relativeTime(one.lastAt, now),
  ]);
  const tries = rules.reduce((sum, one) => sum + one.tries, 0);
  const head = `${countText(tries, 'try', 'tries')} failed ${over}:`;
  return `${[head, ...tableLines({ columns: COLUMNS, rows, width })].join('\n')}\n`;
}
