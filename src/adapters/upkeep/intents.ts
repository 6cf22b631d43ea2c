import { recordOf, stringOf } from '../engine/call.ts';
import { processState, type ProcessIdentity } from '../process-identity.ts';

/** The label of a volume that stands for a turn, or for the wish to have one. */
export const TURN_LABEL = 'io.xgen-build.turn';

/**
 * Who uses the engine, or wants to. Each is a volume of the engine: empty, with a name that nobody ever uses again.
 *
 * - `share`: a build, beside others
 * - `reserve`: beside a share; what it takes on the disk is given back for the ticket, where the disk is full
 * - `choosing`: somebody is about to take a ticket
 * - `ticket`: has the engine alone, or is next; the lowest number first
 */
export interface Intent {
  readonly id: string;
  readonly kind: 'share' | 'reserve' | 'choosing' | 'ticket';
  readonly ticket: number;
  /** Grows while its owner lives. */
  readonly beat: number;
  readonly who: string;
  readonly owner: ProcessIdentity;
}

export interface KeptIntent extends Intent {
  readonly volume: string;
}

export function volumeNameOf({ id, kind, beat }: Intent): string {
  return `xgen-build-${kind}-${id}-${beat}`;
}

/** The intents in an answer of the engine to `GET /volumes`; of several beats of one the newest. */
export function readIntents(body: unknown): readonly KeptIntent[] {
  const { Volumes: volumes } = recordOf(body);
  const all = (Array.isArray(volumes) ? volumes : []).map(readIntent).filter((intent) => intent !== null);
  return all.filter((one) => !all.some((other) => isSame(one, other) && other.beat > one.beat));
}

export function isSame(a: Intent, b: Intent): boolean {
  return a.id === b.id && a.kind === b.kind;
}

function readIntent(volume: unknown): KeptIntent | null {
  const { Name: name, Labels: labels } = recordOf(volume);
  try {
    const intent: unknown = JSON.parse(stringOf(recordOf(labels)[TURN_LABEL]));
    const { id, kind, ticket, beat, who, owner } = recordOf(intent);
    if (kind !== 'share' && kind !== 'reserve' && kind !== 'choosing' && kind !== 'ticket') return null;
    return {
      volume: stringOf(name),
      id: stringOf(id),
      kind,
      ticket: numberOf(ticket),
      beat: numberOf(beat),
      who: stringOf(who),
      owner: readOwner(owner),
    };
  } catch {
    // A label that is not this program's.
    return null;
  }
}

function readOwner(value: unknown): ProcessIdentity {
  const { host, bootId, pid, pidStart, pidNamespace } = recordOf(value);
  return {
    host: stringOf(host),
    bootId: stringOf(bootId),
    pid: numberOf(pid),
    pidStart: stringOf(pidStart),
    pidNamespace: stringOf(pidNamespace),
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** Who keeps a build from beginning: all that have the engine alone or wait for it, so that none waits for ever. */
export function blockersOfShare(own: string, intents: readonly KeptIntent[]): readonly KeptIntent[] {
  return intents.filter(({ id, kind }) => id !== own && (kind === 'choosing' || kind === 'ticket'));
}

/** Who keeps one with a ticket from having the engine alone: builds, those before it, and those about to take a ticket. */
export function blockersOfTicket(
  own: { id: string; ticket: number },
  intents: readonly KeptIntent[],
): readonly KeptIntent[] {
  return intents.filter(({ id, kind, ticket }) => {
    if (id === own.id || kind === 'reserve') return false;
    if (kind !== 'ticket') return true;
    return ticket < own.ticket || (ticket === own.ticket && id < own.id);
  });
}

export function nextTicket(intents: readonly KeptIntent[]): number {
  return 1 + Math.max(0, ...intents.map(({ kind, ticket }) => (kind === 'ticket' ? ticket : 0)));
}

/** Without a beat for so long, as this process's own clock tells, an owner that cannot be seen from here counts as dead. */
export const SILENCE_MS = 60_000;

/** Tells the dead from the living: a process of this machine by looking at it, any other by its beat. */
export function createDeathWatch(monotonicMs: () => number, stateOf: typeof processState = processState) {
  const seen = new Map<string, number>();
  return {
    isDead({ volume, owner }: KeptIntent): boolean {
      const state = stateOf(owner);
      if (state !== 'unknown') return state === 'dead';
      const now = monotonicMs();
      const since = seen.get(volume) ?? now;
      seen.set(volume, since);
      return now - since >= SILENCE_MS;
    },
  };
}
