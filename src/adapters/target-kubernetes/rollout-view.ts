import type { TargetPlan } from '../../ports/target.ts';
import type { ImageVerdict } from './image-check.ts';
import type { Memory } from './memory.ts';
import type { KubeEvent, Pod, Workload } from './objects.ts';
import { isReady } from './pods.ts';
import type { Progress } from './workload.ts';

/** All that is known of a rollout in one moment. */
export interface RolloutView {
  readonly target: TargetPlan;
  /** Null: deleted meanwhile. */
  readonly workload: Workload | null;
  /** Pods of this rollout that are to stay. */
  readonly pods: readonly Pod[];
  /** By imageID, of every container of ours that has one. */
  readonly images: ReadonlyMap<string, ImageVerdict>;
  /** By pod, where they were asked for and may be read. */
  readonly events: ReadonlyMap<string, readonly KubeEvent[]>;
  readonly memory: Memory;
  /** Monotonic milliseconds. */
  readonly nowMs: number;
}

/** `1 of 2 pods ready, 1 old still there` */
export function detailOf({ pods }: RolloutView, progress: Progress): string {
  const ready = pods.filter(isReady).length;
  const old = Math.max(0, progress.total - progress.updated);
  const text = `${String(ready)} of ${String(progress.desired)} pods ready`;
  return old === 0 ? text : `${text}, ${String(old)} old still there`;
}
