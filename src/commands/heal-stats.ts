import type { BuildQuery, Store } from '../ports/store.ts';
import { countAttempts } from '../report/heal-stats.ts';
import { healStatsText } from '../report/heal-stats-text.ts';
import type { CommandOutcome } from './outcome.ts';

export interface HealStatsOptions {
  readonly store: Store;
  readonly query: Pick<BuildQuery, 'service' | 'site' | 'limit'>;
  readonly now: Date;
  /** Columns of the terminal; no line is wider. */
  readonly width: number;
}

/** Which failures the builds met, by rule and by engine or registry. JSON: `{schemaVersion, builds, since, rules[]}`. */
export async function healStats({ store, query, now, width }: HealStatsOptions): Promise<CommandOutcome> {
  const records = await store.find(query);
  const rules = countAttempts(records);
  const since = records.at(-1)?.startedAt ?? null;
  return {
    exitCode: 0,
    text: healStatsText({ rules, builds: records.length, now, width }),
    json: { schemaVersion: 1, builds: records.length, since, rules },
  };
}
