import type { RolloutResult } from '../ports/result.ts';
import type { Digest, ImageRepository } from '../values/image-reference.ts';

/** What a command that rolls out without building ended with; the session makes the result of it. */
export interface BodyResult {
  readonly rollouts: readonly RolloutResult[];
  readonly number: number | null;
  readonly digest: Digest | null;
  readonly commit: string | null;
  readonly reason: string;
  /** Where the image is; absent: in the repository of the plan. A rollback may go back to another registry's image. */
  readonly repository?: ImageRepository;
}
