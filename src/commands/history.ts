import type { BuildQuery, BuildRecord, Store } from '../ports/store.ts';
import { historyText } from '../report/history-text.ts';
import type { CommandOutcome } from './outcome.ts';

export interface HistoryOptions {
  readonly store: Store;
  readonly query: Pick<BuildQuery, 'service' | 'site' | 'limit'>;
  readonly now: Date;
  /** Columns of the terminal; no line is wider. */
  readonly width: number;
}

/** What was built on this machine, newest first. JSON: `{schemaVersion, builds[]}`. */
export async function history({ store, query, now, width }: HistoryOptions): Promise<CommandOutcome> {
  const records = await store.find(query);
  const builds = await Promise.all(records.map((record) => withRealStatus(store, record)));
  return { exitCode: 0, text: historyText({ builds, query, now, width }), json: { schemaVersion: 1, builds } };
}

/** A build counts as running in the state until somebody claims its site again, also when its process is dead. */
async function withRealStatus(store: Store, record: BuildRecord): Promise<BuildRecord> {
  if (record.status !== 'running' || (await store.isAlive(record.id))) return record;
  return { ...record, status: 'lost' };
}
