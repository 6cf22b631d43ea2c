import { abortReasonOf, AbortReason } from '../errors/abort-reason.ts';
import type { Ports } from '../pipeline/context.ts';
import { errorReport } from '../pipeline/stage.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetPlan } from '../ports/target.ts';
import type { CommandOutcome } from './outcome.ts';
import {
  meantByStore,
  meantByTarget,
  oneRowPerPlace,
  placeOf,
  statusRow,
  type Meant,
  type Reading,
} from './status-rows.ts';
import { statusText } from './status-text.ts';

const TARGET_LIMIT_MS = 5_000;
const RECORDS = 50;

export interface StatusOptions {
  /** One per service and site; their targets are what is looked at. */
  readonly plans: readonly BuildPlan[];
  readonly ports: Pick<Ports, 'targets' | 'store' | 'registries'>;
  readonly now: Date;
  /** Columns of the terminal. */
  readonly width: number;
  readonly signal: AbortSignal;
}

/** What runs where, and whether it is what was meant. A target that does not answer is told in its row; exit code 1. */
export async function status(options: StatusOptions): Promise<CommandOutcome> {
  const read = readOnce(options);
  const rows = oneRowPerPlace(
    (await Promise.all(options.plans.map(async (plan) => rowsOf(plan, options, read)))).flat(),
  );
  options.signal.throwIfAborted();
  const isAllRead = rows.every(({ error }) => error === null);
  return {
    exitCode: isAllRead ? 0 : 1,
    text: statusText(rows, options),
    json: { schemaVersion: 1, targets: rows },
  };
}

type Read = (target: TargetPlan) => Promise<Reading>;

async function rowsOf(plan: BuildPlan, options: StatusOptions, read: Read) {
  const { ports } = options;
  if (plan.targets.length === 0) return [];
  const [records, moving, readings] = await Promise.all([
    ports.store.find({ service: plan.service, site: plan.site, limit: RECORDS }),
    meantByTag(plan, options),
    Promise.all(plan.targets.map(read)),
  ]);
  return plan.targets.map((target, index) => {
    const reading = readings[index] ?? { kind: 'read', state: { status: 'missing', canCreate: false } };
    const row = statusRow(
      target,
      reading,
      meantByStore(target, records, reading) ?? meantByTarget(target, reading) ?? moving,
    );
    return { place: placeOf(target), row };
  });
}

/** Sites share places: each is read once. */
function readOnce({ ports, signal }: StatusOptions): Read {
  const readings = new Map<string, Promise<Reading>>();
  return (target) => {
    const place = placeOf(target);
    const reading = readings.get(place) ?? readTarget(target, ports, signal);
    readings.set(place, reading);
    return reading;
  };
}

async function readTarget(target: TargetPlan, ports: StatusOptions['ports'], signal: AbortSignal): Promise<Reading> {
  try {
    const state = await withLimit(signal, async (limited) => ports.targets(target.kind).inspect(target, limited));
    return { kind: 'read', state };
  } catch (error) {
    return { kind: 'unreachable', error: errorReport(error) };
  }
}

/** Null where the registry does not answer in time: then there is nothing to compare with. */
async function meantByTag(plan: BuildPlan, { ports, signal }: StatusOptions): Promise<Meant | null> {
  try {
    const { registry, repository, movingTag } = plan.image;
    const client = ports.registries.open(registry);
    const digest = await withLimit(signal, async (limited) => client.headManifest(repository, movingTag, limited));
    return digest === null ? null : { number: null, digest, by: 'moving tag' };
  } catch {
    return null;
  }
}

/** A target may ignore its signal: nobody waits longer than five seconds for it. */
async function withLimit<T>(signal: AbortSignal, work: (limited: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortReason('timeout', `no answer within ${String(TARGET_LIMIT_MS / 1000)} s`);
  const limit = new AbortController();
  const given = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    limit.abort(late);
    given.reject(late);
  }, TARGET_LIMIT_MS);
  const onAbort = () => given.reject(abortReasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(AbortSignal.any([signal, limit.signal])), given.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
