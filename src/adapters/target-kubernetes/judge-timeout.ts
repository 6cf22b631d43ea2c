import type { Failure } from './failure.ts';
import { linesOf, probeText } from './judge-container.ts';
import type { ContainerStatus, Pod, Workload } from './objects.ts';
import { isReady, statusOfContainer } from './pods.ts';
import { detailOf, type RolloutView } from './rollout-view.ts';
import { progressOf } from './workload.ts';

/** Time is up: the best that can be said of why. */
export function notInTime(view: RolloutView, what: string): Failure {
  const { target, pods } = view;
  const late = pods.find((pod) => !isReady(pod));
  const status = late === undefined ? null : statusOfContainer(late, target.container);
  if (late === undefined || status === null) {
    const progress = view.workload === null ? null : detailOf(view, progressOf(target, view.workload));
    return {
      code: 'ROLLOUT_TIMEOUT',
      message: `${what}${progress === null ? '' : `: ${progress}`}`,
      hint: `kubectl -n ${target.namespace} describe ${target.workload}/${target.deployment}`,
      evidence: conditionsOf(view.workload),
      at: late === undefined ? null : { pod: late.metadata.name, container: null, isOver: false },
    };
  }
  return runsNotReady(view, { late, status, what });
}

function runsNotReady(
  { target }: RolloutView,
  { late, status, what }: { late: Pod; status: ContainerStatus; what: string },
): Failure {
  const at = { pod: late.metadata.name, container: status.name, isOver: false };
  const container = late.spec?.containers.find(({ name }) => name === status.name);
  const waits = status.state?.waiting?.reason;
  if (status.state?.running === undefined) {
    return {
      code: 'ROLLOUT_TIMEOUT',
      message: `${what}: container ${status.name} waits${waits === undefined ? '' : ` (${waits})`}${volumesText(late)}`,
      hint: `kubectl -n ${target.namespace} describe pod ${late.metadata.name}`,
      evidence: linesOf(status.state?.waiting?.message ?? ''),
      at,
    };
  }
  const probe =
    status.started === false && container?.startupProbe !== undefined
      ? probeText('startup', container.startupProbe)
      : container?.readinessProbe !== undefined
        ? probeText('readiness', container.readinessProbe)
        : null;
  return {
    code: 'ROLLOUT_UNHEALTHY',
    message: `${what}: container ${status.name} runs and is not ready${probe === null ? '' : `: ${probe} fails`}`,
    hint: `see that the probe asks for what the service answers; a slow start needs services.${target.service}.rollout.timeout`,
    evidence: [],
    at,
  };
}

/** A volume that cannot be mounted shows in events alone: without the right to read them it can only be guessed. */
function volumesText({ spec, status }: Pod): string {
  const isMounting = status?.containerStatuses?.every(({ state }) => state?.waiting?.reason === 'ContainerCreating');
  const sources = (spec?.volumes ?? []).flatMap(({ configMap, secret }) => [
    ...(configMap?.name === undefined || configMap.optional === true ? [] : [`ConfigMap ${configMap.name}`]),
    ...(secret?.secretName === undefined || secret.optional === true ? [] : [`Secret ${secret.secretName}`]),
  ]);
  return isMounting === true && sources.length > 0 ? `; its volumes need ${sources.join(', ')}` : '';
}

function conditionsOf(workload: Workload | null): readonly string[] {
  return (workload?.status?.conditions ?? []).flatMap(({ type, status, message }) =>
    message === undefined || message === '' ? [] : [`${type}=${status}: ${message}`],
  );
}
