import { UsageError } from '../errors/xgen-error.ts';
import type { BuildEvent } from '../ports/events.ts';
import type { BuildRecord, Store } from '../ports/store.ts';
import { createLineJoiner, logLines } from '../report/log-lines.ts';
import type { CommandOutcome } from './outcome.ts';

export interface LogsOptions {
  readonly store: Store;
  readonly service: string;
  /** `b42`, `42` or the id of a build; null: the newest. */
  readonly number: string | null;
  readonly site?: string;
  /** Goes on until the build has ended or its process has died. */
  readonly follow: boolean;
  readonly output: 'text' | 'json';
  /** Takes standard output piece by piece: a log may be larger than the memory. */
  readonly write: (text: string) => Promise<void> | void;
  readonly signal: AbortSignal;
}

const SHOWN_AS_CHOICE = 5;

/**
 * Writes the log of a build, with `output: json` as one document `{schemaVersion, build, events[]}`. Everything goes
 * through `write`; the outcome's text is empty and its json undefined. Throws USAGE for a build that is not recorded.
 */
export async function logs(options: LogsOptions): Promise<CommandOutcome> {
  const record = await findRecord(options);
  if (options.output === 'json') await writeJson(options, record);
  else await writeText(options, record);
  return { exitCode: 0, text: '', json: undefined };
}

async function writeText(options: LogsOptions, record: BuildRecord): Promise<void> {
  const joiner = createLineJoiner();
  let isEmpty = true;
  for await (const event of options.store.readEvents(record.id, options)) {
    isEmpty = false;
    await writeLines(options, joiner.next(event));
  }
  await writeLines(options, joiner.rest());
  const [now = record] = await options.store.find({ id: record.id });
  const note = closingNote({
    record: now,
    isAlive: await options.store.isAlive(now.id),
    isEmpty,
    follow: options.follow,
  });
  if (note !== null) await options.write(`${note}\n`);
}

async function writeLines({ write }: LogsOptions, events: readonly BuildEvent[]): Promise<void> {
  const lines = events.flatMap(logLines);
  if (lines.length > 0) await write(`${lines.join('\n')}\n`);
}

async function writeJson(options: LogsOptions, record: BuildRecord): Promise<void> {
  await options.write(`{"schemaVersion":1,"build":${JSON.stringify(record)},"events":[`);
  let separator = '\n';
  for await (const event of options.store.readEvents(record.id, options)) {
    await options.write(separator + JSON.stringify(event));
    separator = ',\n';
  }
  await options.write('\n]}\n');
}

/** What a reader must know that the log itself does not say; null where it says all. */
export function closingNote(end: {
  readonly record: BuildRecord;
  readonly isAlive: boolean;
  readonly isEmpty: boolean;
  readonly follow: boolean;
}): string | null {
  const name = nameOf(end.record);
  const hasDied = end.record.status === 'lost' || (end.record.status === 'running' && !end.isAlive);
  if (hasDied) return `-- the process of ${name} died: this is all that it wrote`;
  if (end.record.status === 'running') {
    return end.follow ? null : `-- ${name} is still running: with --follow the log goes on until its end`;
  }
  return end.isEmpty ? `-- the log of ${name} is not there any more; it ended as ${end.record.status}` : null;
}

async function findRecord(options: LogsOptions): Promise<BuildRecord> {
  const { store, service, site, number } = options;
  const place = site === undefined ? { service } : { service, site };
  const asked = number === null ? { limit: 1 } : queryOf(number);
  const [record] = await store.find({ ...place, ...asked });
  if (record !== undefined) return record;
  const known = await store.find({ ...place, limit: SHOWN_AS_CHOICE });
  throw unknownBuild(options, known);
}

function queryOf(number: string): { readonly number: number } | { readonly id: string } {
  const digits = /^b?(?<digits>\d{1,9})$/.exec(number)?.groups?.['digits'];
  return digits === undefined ? { id: number } : { number: Number(digits) };
}

function unknownBuild({ service, site, number }: LogsOptions, known: readonly BuildRecord[]): UsageError {
  const where = site === undefined ? service : `${service} for site ${site}`;
  if (known.length === 0) {
    return new UsageError({
      code: 'USAGE',
      message: `no build of ${where} is recorded on this machine`,
      hint: 'xgen-build history lists what is. Logs are kept where the build ran, and go when the state is deleted',
    });
  }
  const choices = known.map((record) => `${nameOf(record)} (${record.site}, ${record.status})`);
  return new UsageError({
    code: 'USAGE',
    message: `no build ${number ?? ''} of ${where} is recorded on this machine`,
    hint: `the newest are ${choices.join(', ')}`,
  });
}

/** `b42`, or the id of a build that never drew a number: either is what `logs` takes. */
function nameOf(record: BuildRecord): string {
  return record.number === null ? record.id : `b${String(record.number)}`;
}
