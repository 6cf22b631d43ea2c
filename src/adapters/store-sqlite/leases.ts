import { processState, type ProcessIdentity, type ProcessState } from '../process-identity.ts';
import { jsonIn, numberIn, type Row } from './rows.ts';

/** What says whether an owner (of a build, a place in the line, a lock) is still there. */
export interface LeaseFacts {
  readonly process: ProcessState;
  /** Monotonic times of two boots cannot be compared. */
  readonly isSameBoot: boolean;
  readonly leaseUntilMs: number;
  readonly nowMs: number;
  /** For how long this process has seen the owner not extend its lease. */
  readonly unchangedForMs: number;
  readonly leaseMs: number;
}

/**
 * An owner that is known to have ended is gone at once. One that cannot be seen is gone when its lease has run out; where
 * its clock is another machine's (or another boot's), when it was watched for a whole lease without a heartbeat.
 */
export function isLeaseOver(facts: LeaseFacts): boolean {
  if (facts.process === 'dead') return true;
  return facts.isSameBoot ? facts.nowMs > facts.leaseUntilMs : facts.unchangedForMs > facts.leaseMs;
}

export interface Leases {
  /** This process, for the `owner` column. */
  readonly owner: string;
  /** Until when a lease that begins now lasts, for `lease_until`. */
  until(): number;
  /** True when more than half of the lease is over: extending it on every question would write too much. */
  isDue(leaseUntilMs: number): boolean;
  /** `key` names the owner: its token, or its id in the line. Reads the columns owner, lease_until and beat. */
  isOver(row: Row, key: string): boolean;
  /** As isOver, but a process that can be seen to live keeps what it holds, however late its heartbeat. */
  isGone(row: Row, key: string): boolean;
}

export interface LeaseOptions {
  readonly identity: ProcessIdentity;
  readonly leaseMs: number;
  /** Milliseconds since the boot: one clock for all processes of a machine, and never set back. */
  readonly bootMs: () => number;
}

export function createLeases({ identity, leaseMs, bootMs }: LeaseOptions): Leases {
  const watched = new Map<string, { readonly beat: number; readonly sinceMs: number }>();

  function unchangedForMs(key: string, beat: number): number {
    const known = watched.get(key);
    if (known?.beat === beat) return bootMs() - known.sinceMs;
    watched.set(key, { beat, sinceMs: bootMs() });
    return 0;
  }

  function factsOf(row: Row, key: string): LeaseFacts {
    const owner = jsonIn(row, 'owner') as ProcessIdentity;
    const isSameBoot = identity.bootId !== '' && owner.bootId === identity.bootId;
    return {
      process: processState(owner, identity),
      isSameBoot,
      leaseUntilMs: numberIn(row, 'lease_until'),
      nowMs: bootMs(),
      unchangedForMs: isSameBoot ? 0 : unchangedForMs(key, numberIn(row, 'beat')),
      leaseMs,
    };
  }

  return {
    owner: JSON.stringify(identity),
    until: () => bootMs() + leaseMs,
    isDue: (leaseUntilMs) => leaseUntilMs - bootMs() < leaseMs / 2,
    isOver: (row, key) => isLeaseOver(factsOf(row, key)),
    isGone: (row, key) => {
      const facts = factsOf(row, key);
      return facts.process !== 'alive' && isLeaseOver(facts);
    },
  };
}

/** CLOCK_MONOTONIC on Linux, which all processes of a boot share; `performance.now()` begins anew in each process. */
export function systemBootMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
