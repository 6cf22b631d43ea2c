import { randomUUID } from 'node:crypto';
import { AbortReason } from '../errors/abort-reason.ts';
import type { Emit } from '../ports/events.ts';
import type { BuildClaim, ClaimedBuild } from '../ports/store.ts';
import type { Ports } from './context.ts';

const FIRST_POLL_MS = 50;
const SLOWEST_POLL_MS = 1_000;

/**
 * Asks for the one running build of a service and site until it is this process's turn.
 * Throws an AbortReason: superseded, or the signal's own.
 */
export async function claimTurn(
  claim: BuildClaim,
  outside: { ports: Ports; signal: AbortSignal; emit: Emit },
): Promise<ClaimedBuild> {
  const { ports, signal, emit } = outside;
  const waiterId = randomUUID();
  let told = '';
  let pollMs = FIRST_POLL_MS;
  try {
    for (;;) {
      signal.throwIfAborted();
      const answer = await ports.store.claim(claim, waiterId);
      if (answer.status === 'claimed') return answer.build;
      if (answer.status === 'superseded')
        throw new AbortReason('superseded', `a newer build took its place: ${answer.by}`);
      const number = answer.number === null ? 'a build' : `b${String(answer.number)}`;
      const forWhom = `${number} of ${claim.service} for ${claim.site}, started by ${answer.startedBy}`;
      if (forWhom !== told) emit({ kind: 'waiting', forWhom });
      told = forWhom;
      await ports.clock.sleep(pollMs, signal);
      pollMs = Math.min(pollMs * 1.5, SLOWEST_POLL_MS);
    }
  } catch (error) {
    await ports.store.withdraw(waiterId).catch(() => undefined);
    throw error;
  }
}
