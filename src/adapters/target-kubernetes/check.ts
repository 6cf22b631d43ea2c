import { RESTARTED_AT } from './annotations.ts';
import { isForbidden } from './api-errors.ts';
import { XgenError } from '../../errors/xgen-error.ts';
import { patchWorkload } from './patch.ts';
import type { Place } from './place.ts';
import { readWorkload } from './reading.ts';
import { requireAppliable } from './require-appliable.ts';

/**
 * Finds out before anything is built what would make a rollout fail for certain: a workload that cannot be rolled out as
 * it is, and a change that is not allowed. The change is tried without effect (a dry run), so that it is the cluster that
 * says so. What is not there is no matter of this check.
 */
export async function checkTarget(place: Place, signal: AbortSignal): Promise<void> {
  const found = await readWorkload(place, { signal });
  if (found === null) return;
  requireAppliable(place, found.workload);
  const restartedAt = place.tools.clock.now().toISOString();
  try {
    await patchWorkload(
      place,
      { template: { [RESTARTED_AT]: restartedAt } },
      { signal, resourceVersion: null, isDryRun: true },
    );
  } catch (error) {
    // A webhook that cannot do a dry run says nothing of the change itself; whatever else it is, the rollout will tell.
    if (
      isForbidden(error) ||
      (error instanceof XgenError && error.code !== 'ROLLOUT_FAILED' && !isDryRunRefusal(error))
    ) {
      throw error;
    }
    place.tools.logger.debug({ error: String(error) }, 'the dry run says nothing');
  }
}

function isDryRunRefusal(error: Error): boolean {
  return /dry ?run/i.test(error.message);
}
