import type { BuildClaim } from '../../ports/store.ts';

/** How often one build may be taken over after its process died: what kills five processes kills the sixth. */
export const MOST_ATTEMPTS = 5;

/** A claim in the line of its service and site; in order of first asking. */
export interface WaitingClaim {
  readonly id: string;
  readonly command: BuildClaim['command'];
  readonly parametersKey: string;
  readonly trigger: 'person' | 'automatic';
  readonly startedBy: string;
  /** RFC 3339, UTC. */
  readonly askedAt: string;
  /** Who took its place; null while it waits. */
  readonly supersededBy: string | null;
}

export interface RunningBuild {
  readonly id: string;
  readonly command: BuildClaim['command'];
  readonly parametersKey: string;
  readonly attempt: number;
  readonly number: number | null;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly isAlive: boolean;
}

export type ClaimDecision =
  | { readonly kind: 'superseded'; readonly by: string }
  | { readonly kind: 'busy'; readonly startedBy: string; readonly number: number | null; readonly since: string }
  | { readonly kind: 'take-over'; readonly buildId: string; readonly attempt: number }
  /** A new build; the one whose process died, if any, is marked lost. */
  | { readonly kind: 'start'; readonly lostBuildId: string | null };

/**
 * What a claim gets. `line` holds the live claims of the same service and site, the asking one among them.
 */
export function decideClaim(question: {
  readonly asking: WaitingClaim;
  readonly line: readonly WaitingClaim[];
  readonly running: RunningBuild | null;
}): ClaimDecision {
  const { asking, line, running } = question;
  if (asking.supersededBy !== null) return { kind: 'superseded', by: asking.supersededBy };
  if (running?.isAlive === true) {
    return { kind: 'busy', startedBy: running.startedBy, number: running.number, since: running.startedAt };
  }
  const next = line.find((claim) => claim.supersededBy === null);
  if (next !== undefined && next.id !== asking.id) {
    return { kind: 'busy', startedBy: next.startedBy, number: null, since: next.askedAt };
  }
  if (running === null) return { kind: 'start', lostBuildId: null };
  return isSameWork(running, asking) && running.attempt < MOST_ATTEMPTS
    ? { kind: 'take-over', buildId: running.id, attempt: running.attempt + 1 }
    : { kind: 'start', lostBuildId: running.id };
}

/**
 * The waiting claims that a newcomer makes needless: automatic ones with the same parameters, where it is automatic
 * itself. What a person asked for is always built.
 */
export function supersededIds(newcomer: WaitingClaim, line: readonly WaitingClaim[]): readonly string[] {
  if (newcomer.trigger !== 'automatic') return [];
  return line
    .filter((claim) => claim.id !== newcomer.id && claim.supersededBy === null)
    .filter((claim) => claim.trigger === 'automatic' && isSameWork(claim, newcomer))
    .map((claim) => claim.id);
}

function isSameWork(
  one: { readonly command: string; readonly parametersKey: string },
  other: { readonly command: string; readonly parametersKey: string },
): boolean {
  return one.command === other.command && one.parametersKey === other.parametersKey;
}
