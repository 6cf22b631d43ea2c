import type { BuiltImage } from '../ports/builder.ts';
import type { SourceTree } from '../ports/sources.ts';
import { messageOf } from '../errors/xgen-error.ts';
import type { StageContext } from './context.ts';

/** What a build holds and must give back. */
export interface Taken {
  readonly tree: SourceTree | null;
  readonly image: BuiltImage | null;
}

/**
 * Gives back the work tree (which stays) and removes the local image. Always runs, may run twice, is not stopped by an
 * abort, and never hides the error that came before: what cannot be cleaned up is a warning, and the next run does it.
 */
export async function cleanUp(context: StageContext, taken: Taken): Promise<void> {
  if (taken.tree === null && taken.image === null) return;
  const { clock } = context.ports;
  const begin = clock.monotonicMs();
  context.emit({ kind: 'stage-started', stage: 'cleanup', detail: '' });
  const ends = await Promise.allSettled([taken.image?.remove(), taken.tree?.release()]);
  const problems = ends.flatMap((end) => (end.status === 'rejected' ? [messageOf(end.reason)] : []));
  for (const problem of problems) {
    context.emit({ kind: 'warning', stage: 'cleanup', message: `left for the next run to remove: ${problem}` });
  }
  const detail = problems.length === 0 ? 'local image and overlay files removed' : 'not everything could be removed';
  const durationMs = Math.round(clock.monotonicMs() - begin);
  context.emit({ kind: 'stage-finished', stage: 'cleanup', status: 'succeeded', detail, durationMs });
}
