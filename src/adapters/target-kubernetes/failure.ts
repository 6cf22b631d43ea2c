import type { ErrorCode } from '../../errors/codes.ts';

/** Why a rollout cannot get through, as far as the objects tell. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** Words of the cluster. */
  readonly evidence: readonly string[];
  /** Where the log and the events are that say more; null: there is no pod. */
  readonly at: { readonly pod: string; readonly container: string | null; readonly isOver: boolean } | null;
}
