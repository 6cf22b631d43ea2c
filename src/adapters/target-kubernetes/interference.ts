import { RolloutError } from '../../errors/xgen-error.ts';
import { CHANGE_CAUSE } from './annotations.ts';
import type { Workload } from './objects.ts';
import { FIELD_MANAGER } from './patch.ts';
import type { Place } from './place.ts';
import { containerOf } from './workload.ts';

/** Who changed the specification last, other than this program: `kubectl-set at 2026-03-09T05:00:00Z`. */
export function lastWriter({ metadata }: Workload): string {
  const writers = (metadata.managedFields ?? []).filter(
    ({ manager, subresource }) =>
      manager !== undefined && manager !== FIELD_MANAGER && subresource === undefined && !isController(manager),
  );
  const [last] = writers.toSorted((left, right) => (right.time ?? '').localeCompare(left.time ?? ''));
  if (last?.manager === undefined) return 'somebody else';
  return `${last.manager}${last.time === undefined ? '' : ` at ${last.time}`}`;
}

/** Kubernetes' own parts write status and scale, never a template. */
function isController(manager: string): boolean {
  return manager.startsWith('kube-');
}

/** The error of a workload that is no longer what this rollout made of it. */
export function interfered({ target }: Pick<Place, 'target'>, workload: Workload): RolloutError {
  const image = containerOf(target, workload)?.image ?? 'no such container';
  const who = lastWriter(workload);
  const cause = workload.metadata.annotations?.[CHANGE_CAUSE] ?? '';
  const said = cause === '' || cause.startsWith('xgen-build:') ? '' : ` (${cause})`;
  return new RolloutError({
    code: 'ROLLOUT_INTERFERED',
    message: `${target.env}: ${target.deployment} was changed by ${who}${said} while it was being rolled out; it is set to ${image} now`,
    hint: 'talk to whoever that was, then run the command again',
    facts: { env: target.env, deployment: target.deployment, changedBy: who, image },
  });
}
