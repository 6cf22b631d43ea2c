/** What a rollout that may be dead has left behind. */
export interface LeftBehind {
  /** The container under the final name. */
  readonly old: { readonly isRunning: boolean } | null;
  readonly staged: {
    readonly stage: 'next' | 'proven';
    readonly isOwnerAlive: boolean;
    /** What it was to replace; null: nothing was there. */
    readonly replaces: { readonly wasRunning: boolean } | null;
  } | null;
}

export type RecoveryStep = 'stop-new' | 'start-old' | 'remove-new' | 'remove-old' | 'name-new';

/**
 * What brings the target back in order, in this order. Before the proof the old one wins, after it the new one. The new
 * container goes last: while it is there, the next run still knows that the old one was stopped by a rollout.
 */
export function decideRecovery({ old, staged }: LeftBehind): readonly RecoveryStep[] {
  if (staged === null || staged.isOwnerAlive) return [];
  if (staged.stage === 'proven') return old === null ? ['name-new'] : ['remove-old', 'name-new'];
  if (old !== null) {
    const mustStart = staged.replaces?.wasRunning === true && !old.isRunning;
    return mustStart ? ['stop-new', 'start-old', 'remove-new'] : ['remove-new'];
  }
  // Somebody removed the old one by hand meanwhile: what is left is better than nothing.
  return staged.replaces === null ? ['remove-new'] : ['name-new'];
}

const GRACE_MS = 60_000;

/**
 * Whether the process that made a staged container still works on it. Where that cannot be seen from here (another
 * machine), it counts as alive until its time limit and a minute more have passed by the engine's own clock. A process
 * that lives has twice that: it may be going back, and a server that failed to do so must not block the target for ever.
 */
export function isOwnerAlive(owner: {
  readonly state: 'alive' | 'dead' | 'unknown';
  readonly ageMs: number;
  readonly limitMs: number;
}): boolean {
  if (owner.state === 'dead') return false;
  const limitMs = owner.state === 'alive' ? owner.limitMs * 2 : owner.limitMs;
  return owner.ageMs < limitMs + GRACE_MS;
}
