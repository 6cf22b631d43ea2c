import type { BuildRecord } from '../ports/store.ts';
import type { ErrorReport } from '../ports/result.ts';
import type { TargetPlan, TargetState } from '../ports/target.ts';
import { shortDigest, type Digest } from '../values/image-reference.ts';

/** The image that ought to run, and who says so. */
export interface Meant {
  readonly number: number | null;
  readonly digest: Digest;
  readonly by: 'last rollout' | 'moving tag';
}

/** What was read of one target; `unreachable` where it did not answer. */
export type Reading =
  | { readonly kind: 'read'; readonly state: TargetState }
  | { readonly kind: 'unreachable'; readonly error: ErrorReport };

export interface StatusRow {
  readonly service: string;
  readonly site: string;
  readonly env: string;
  /** Whose image runs there; null where nothing runs or it cannot be told. */
  readonly runsSite: string | null;
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest | null;
  readonly since: string | null;
  readonly startedBy: string | null;
  readonly running: boolean;
  /** Null where it cannot be told. */
  readonly asMeant: boolean | null;
  /** `yes`, `yes, b43 is the same image`, `runs b41, meant b42`, `not there`, `unreachable: …` */
  readonly verdict: string;
  readonly meant: Meant | null;
  readonly error: ErrorReport | null;
}

/** One line of `status`. */
export function statusRow(target: TargetPlan, reading: Reading, meant: Meant | null): StatusRow {
  const { service, site, env } = target;
  const state = reading.kind === 'read' && reading.state.status === 'present' ? reading.state : null;
  return {
    service,
    site,
    env,
    runsSite: state?.site ?? null,
    number: state?.number ?? null,
    commit: state?.commit ?? null,
    digest: state?.digest ?? null,
    since: state?.since ?? null,
    startedBy: state?.startedBy ?? null,
    running: state?.running ?? false,
    ...verdictOf(target, reading, meant),
    meant,
    error: reading.kind === 'unreachable' ? reading.error : null,
  };
}

/** Tells targets that are the same place on paper: they are read once, and shown once. */
export function placeOf(target: TargetPlan): string {
  const { kind, env, service, deployment, namespace, docker, kubernetes } = target;
  return JSON.stringify([kind, env, service, deployment, namespace, docker, kubernetes]);
}

/** Of the sites that share a place, the one that runs there; the first where none of them does. */
export function oneRowPerPlace(rows: readonly { readonly place: string; readonly row: StatusRow }[]): StatusRow[] {
  const chosen = new Map<string, StatusRow>();
  for (const { place, row } of rows) {
    const isFirst = !chosen.has(place);
    if (isFirst || row.runsSite === row.site) chosen.set(place, row);
  }
  return [...chosen.values()];
}

/**
 * What the last rollout that succeeded brought, as the store knows. A rollout that another machine proved later, by the
 * container's own word, is what was meant since.
 */
export function meantByStore(target: TargetPlan, records: readonly BuildRecord[], reading: Reading): Meant | null {
  for (const record of records) {
    const rollout = record.rollouts.find(({ env, status }) => env === target.env && status === 'succeeded');
    if (rollout === undefined || rollout.digest === null) continue;
    const state = reading.kind === 'read' && reading.state.status === 'present' ? reading.state : null;
    const isNewer = state !== null && state.isProven && isAfter(state.since, record.finishedAt);
    return isNewer && state.digest !== null
      ? { number: state.number, digest: state.digest, by: 'last rollout' }
      : { number: rollout.number ?? record.number, digest: rollout.digest, by: 'last rollout' };
  }
  return null;
}

/** What the target's own record says that was rolled out there and ran well: any machine can read that. */
export function meantByTarget({ site }: TargetPlan, reading: Reading): Meant | null {
  const state = reading.kind === 'read' && reading.state.status === 'present' ? reading.state : null;
  if (state === null || !state.isProven || state.site !== site || state.digest === null) return null;
  return { number: state.number, digest: state.digest, by: 'last rollout' };
}

function verdictOf(target: TargetPlan, reading: Reading, meant: Meant | null): Pick<StatusRow, 'asMeant' | 'verdict'> {
  if (reading.kind === 'unreachable') return { asMeant: null, verdict: `unreachable: ${reading.error.message}` };
  const { state } = reading;
  if (state.status === 'missing') return { asMeant: meant === null ? null : false, verdict: 'not there' };
  if (state.site !== target.site) {
    return {
      asMeant: false,
      verdict: `runs ${state.site === null ? 'an image of an unknown site' : `site ${state.site}`}`,
    };
  }
  if (!state.running) return { asMeant: false, verdict: 'stopped' };
  if (meant === null) return { asMeant: null, verdict: 'nothing to compare with' };
  if (state.digest === meant.digest) return { asMeant: true, verdict: sameText(state, meant) };
  return { asMeant: false, verdict: differs(state, meant) };
}

/** A build that changed nothing has the digest of the one before it, whose container stays. */
function sameText({ number }: { readonly number: number | null }, meant: Meant): string {
  const isOtherNumber = meant.number !== null && number !== null && meant.number !== number;
  return isOtherNumber ? `yes, b${String(meant.number)} is the same image` : 'yes';
}

/** By number where both have one and they differ: two digests can have one number only on two registries. */
function differs(state: Extract<TargetState, { status: 'present' }>, meant: Meant): string {
  const hasNumbers = state.number !== null && meant.number !== null && state.number !== meant.number;
  if (hasNumbers) return `runs b${String(state.number)}, meant b${String(meant.number)}`;
  const isMixed = state.digest === null && state.runs.length > 1;
  if (isMixed) return `pods run ${String(state.runs.length)} different images, meant ${shortDigest(meant.digest)}`;
  const runs = state.digest === null ? state.image : shortDigest(state.digest);
  return `runs ${runs}, meant ${shortDigest(meant.digest)}`;
}

function isAfter(left: string | null, right: string | null): boolean {
  return left !== null && right !== null && Date.parse(left) > Date.parse(right);
}
