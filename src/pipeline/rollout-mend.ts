import { messageOf } from '../errors/xgen-error.ts';
import type { RolloutTarget, TargetPlan } from '../ports/target.ts';
import type { StageContext } from './context.ts';

/**
 * Brings a target back that killed rollouts left behind: by what the target itself knows, then by the snapshots in the
 * store. What cannot be brought back is said and forgotten: the rollout that follows may be the cure.
 */
export async function mendTarget(
  context: StageContext,
  adapter: RolloutTarget,
  { target, identity }: { target: TargetPlan; identity: string },
): Promise<void> {
  const { ports, signal } = context;
  await adapter.recover(target, signal);
  for (const open of await ports.store.abandonedRollouts(identity)) {
    const state = await adapter.inspect(target, signal);
    const isWell = state.status === 'present' && state.running && state.isProven;
    try {
      if (!isWell) await adapter.revert(target, open.snapshot, signal);
    } catch (error) {
      signal.throwIfAborted();
      const message = `${target.env}: a rollout was killed here, and going back failed: ${messageOf(error)}`;
      context.emit({ kind: 'warning', stage: `rollout ${target.env}`, message });
    }
    await ports.store.dismissRollout(open.id);
  }
}
