import { AbortReason, abortReasonOf } from '../errors/abort-reason.ts';
import { messageOf, RolloutError, XgenError } from '../errors/xgen-error.ts';
import type { OpenRollout } from '../ports/store.ts';
import type { RolloutOrder, RolloutProof, RolloutTarget, TargetPlan, TargetState } from '../ports/target.ts';
import type { StageContext } from './context.ts';
import type { Reverted } from './rollout-text.ts';

/** How one rollout ended. `open` is still to be closed in the store, unless going back failed: the next run mends it. */
export type Attempt =
  | {
      readonly kind: 'proven';
      readonly proof: RolloutProof;
      /** True where the image ran there already and was only asked once more. */
      readonly isSame: boolean;
      readonly open: OpenRollout | null;
    }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      readonly reverted: Reverted;
      readonly open: OpenRollout | null;
    };

export interface AttemptParts {
  readonly context: StageContext;
  readonly adapter: RolloutTarget;
  readonly order: RolloutOrder;
  readonly identity: string;
  readonly before: TargetState;
}

const REVERT_MARGIN_MS = 120_000;

/**
 * Snapshot (kept in the store), apply, prove; what failed or was told to stop goes back. Never leaves the target
 * half done of its own accord. Throws ROLLOUT_BUSY and what happens before the target is touched.
 */
export async function attemptRollout(parts: AttemptParts): Promise<Attempt> {
  const { context, adapter, order, identity } = parts;
  const { store } = context.ports;
  const snapshot = await adapter.snapshot(order.target, order.signal);
  const open = await store.openRollout(context.build, { targetIdentity: identity, snapshot });
  try {
    await adapter.apply(order, snapshot);
    return { kind: 'proven', proof: await adapter.prove(order, snapshot), isSame: false, open };
  } catch (error) {
    if (error instanceof XgenError && error.code === 'ROLLOUT_BUSY') {
      await store.dismissRollout(open.id);
      throw error;
    }
    const reverted = await goBack(parts, { error, open });
    return {
      kind: 'failed',
      error: joinErrors(error, reverted),
      reverted,
      open: reverted.kind === 'failed' ? null : open,
    };
  }
}

/** Whether a failed rollout is taken back: a container always is, since the old one stands ready. */
export function mustRevert(target: TargetPlan, error: unknown): boolean {
  return target.kind === 'docker' || target.onFailure === 'rollback' || error instanceof AbortReason;
}

async function goBack(parts: AttemptParts, failed: { error: unknown; open: OpenRollout }): Promise<Reverted> {
  const { adapter, order, before } = parts;
  const { target } = order;
  const error = abortReasonOf(order.signal) ?? failed.error;
  if (!mustRevert(target, error)) return { kind: 'left' };
  order.onStep('going back');
  try {
    // A signal of its own: a rollout that was told to stop still goes back.
    const signal = AbortSignal.timeout(target.timeoutMs + REVERT_MARGIN_MS);
    const isBack = await adapter.revert(target, failed.open.snapshot, signal);
    if (!isBack && before.status === 'missing') return { kind: 'nothing-before' };
    // A cluster proves what it brings back by its digest; an engine starts the container that stood ready.
    const isKnown = before.status === 'present' && (before.isProven || target.kind === 'kubernetes');
    return { kind: 'back', wasProven: isBack && isKnown };
  } catch (thrown) {
    return { kind: 'failed', why: messageOf(thrown) };
  }
}

/** Going back failed too: that is the worse news, and the first error stays its evidence. */
function joinErrors(error: unknown, reverted: Reverted): unknown {
  if (reverted.kind !== 'failed' || error instanceof AbortReason) return error;
  const evidence = error instanceof XgenError ? error.evidence : [];
  return new RolloutError({
    code: 'ROLLBACK_FAILED',
    message: `${messageOf(error)}; going back failed too: ${reverted.why}`,
    hint: 'look at the target by hand now; the next run of the command tries again to bring back what ran',
    evidence,
    cause: error,
  });
}
