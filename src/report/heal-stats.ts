import type { AttemptResult } from '../ports/result.ts';
import type { BuildRecord } from '../ports/store.ts';

/** What became of one kind of failure at one engine or registry. */
export interface RuleStats {
  /** Id of the rule; `unknown` where none knew it. */
  readonly rule: string;
  readonly outcome: AttemptResult['outcome'];
  /** The engine or registry. */
  readonly at: string;
  /** Tries that failed so. */
  readonly tries: number;
  /** Builds that met it, and how many of them went on all the same. */
  readonly builds: number;
  readonly healed: number;
  /** Of all these tries together, with what was done about them. */
  readonly lostMs: number;
  /** Start of the last build that met it; RFC 3339. */
  readonly lastAt: string;
}

/** Counts failed tries by rule and place, the most frequent first. */
export function countAttempts(records: readonly BuildRecord[]): readonly RuleStats[] {
  const counted = new Map<string, RuleStats>();
  for (const record of records) {
    const met = new Map(record.attempts.map((attempt) => [keyOf(attempt), attempt]));
    for (const [key, attempt] of met) {
      const same = record.attempts.filter((other) => keyOf(other) === key);
      counted.set(key, add(counted.get(key) ?? nothing(attempt), { record, attempts: same }));
    }
  }
  return [...counted.values()].toSorted((a, b) => b.tries - a.tries || a.rule.localeCompare(b.rule));
}

function keyOf({ rule, outcome, at }: AttemptResult): string {
  return JSON.stringify([rule, outcome, at]);
}

function nothing({ rule, outcome, at }: AttemptResult): RuleStats {
  return { rule, outcome, at, tries: 0, builds: 0, healed: 0, lostMs: 0, lastAt: '' };
}

function add(
  stats: RuleStats,
  { record, attempts }: { record: BuildRecord; attempts: readonly AttemptResult[] },
): RuleStats {
  // The try that was given up is the last of its build; a build without one went on.
  const isHealed = !record.attempts.some(({ remedy }) => remedy === 'none');
  return {
    ...stats,
    tries: stats.tries + attempts.length,
    builds: stats.builds + 1,
    healed: stats.healed + (isHealed ? 1 : 0),
    lostMs: stats.lostMs + attempts.reduce((sum, { durationMs }) => sum + durationMs, 0),
    lastAt: record.startedAt > stats.lastAt ? record.startedAt : stats.lastAt,
  };
}
