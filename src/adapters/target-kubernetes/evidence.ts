import { RolloutError } from '../../errors/xgen-error.ts';
import { ask } from './api.ts';
import type { Failure } from './failure.ts';
import { wrongArch } from './judge-container.ts';
import type { KubeEvent, List } from './objects.ts';
import type { Place } from './place.ts';
import { podsPath } from './pods.ts';

const LOG_LINES = 20;
const LOG_BYTES = 16_384;
const LIMIT_MS = 5_000;

/** Events of a pod, newest last; none where the right to read them is missing. */
export async function readEvents(place: Place, pod: string, signal: AbortSignal): Promise<readonly KubeEvent[]> {
  try {
    const { value } = await ask<List<KubeEvent>>(place, {
      verb: 'list',
      resource: 'events',
      path: `/api/v1/namespaces/${place.target.namespace}/events`,
      query: { fieldSelector: `involvedObject.name=${pod}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    });
    return value.items ?? [];
  } catch (error) {
    signal.throwIfAborted();
    place.tools.logger.debug({ pod, error: String(error) }, 'events are not read');
    return [];
  }
}

/** The end of a container's log; none where the right is missing, or there is none. */
async function readLog(place: Place, at: NonNullable<Failure['at']>, signal: AbortSignal): Promise<readonly string[]> {
  if (at.container === null) return [];
  try {
    const answer = await place.cluster.transport.send({
      method: 'GET',
      path: `${podsPath(place)}/${at.pod}/log`,
      query: { container: at.container, tailLines: String(LOG_LINES), limitBytes: String(LOG_BYTES) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    });
    if (answer.status !== 200) return [];
    return answer.text
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
  } catch (error) {
    signal.throwIfAborted();
    place.tools.logger.debug({ ...at, error: String(error) }, 'the log is not read');
    return [];
  }
}

/** The failure as an error, with what log and events say where they may be read. */
export async function failureError(place: Place, failure: Failure, signal: AbortSignal): Promise<RolloutError> {
  const { at } = failure;
  const [log, events] =
    at === null ? [[], []] : await Promise.all([readLog(place, at, signal), readEvents(place, at.pod, signal)]);
  const { code, message, hint, evidence } = explain(failure, { log, events });
  const isUnread = at !== null && at.container !== null && log.length === 0 && code !== 'ROLLOUT_OUT_OF_MEMORY';
  const unread = `; its log says more (xgen-build rbac --all --env ${place.target.env} lets it be read here)`;
  const { env, deployment } = place.target;
  return new RolloutError({
    code,
    message: `${env}: ${message}`,
    hint: `${hint}${isUnread ? unread : ''}`,
    facts: { env, deployment, ...(at === null ? {} : { pod: at.pod }) },
    evidence,
  });
}

/** The failure in the light of log and events. */
export function explain(
  failure: Failure,
  { log, events }: { readonly log: readonly string[]; readonly events: readonly KubeEvent[] },
): Failure {
  const foreign = log.find((line) => /exec format error/i.test(line));
  if (foreign !== undefined && failure.at !== null)
    return wrongArch({ container: { name: failure.at.container ?? '' } }, foreign);
  const said = events.flatMap(({ reason, message }) => (message === undefined ? [] : [{ reason, message }]));
  const probe = said.findLast(({ reason }) => reason === 'Unhealthy')?.message.trim() ?? null;
  const isKilled = said.some(({ reason, message }) => reason === 'Killing' && /probe/i.test(message));
  const evidence = [...failure.evidence, ...warningsOf(events), ...log];
  const last = log.at(-1);
  const quoted = last === undefined ? '' : ` · "${last.length > 160 ? `${last.slice(0, 159)}…` : last}"`;
  const isEnded = failure.at?.isOver === true && failure.code !== 'ROLLOUT_OUT_OF_MEMORY';
  if (isEnded && isKilled && probe !== null) {
    const message = `the node keeps killing it: ${probe}${quoted}`;
    const hint = 'see that the probe asks for what the service answers, and gives it time to start (startupProbe)';
    return { ...failure, code: 'ROLLOUT_UNHEALTHY', message, hint, evidence };
  }
  const answer = failure.code === 'ROLLOUT_UNHEALTHY' && probe !== null ? ` (${probe})` : '';
  const isTimeout = failure.code === 'ROLLOUT_TIMEOUT';
  const why = isTimeout ? said.findLast(({ reason = '' }) => reason.startsWith('Failed'))?.message : undefined;
  return {
    ...failure,
    message: `${failure.message}${answer}${why === undefined ? '' : `: ${why}`}${quoted}`,
    evidence,
  };
}

function warningsOf(events: readonly KubeEvent[]): readonly string[] {
  const lines = events.flatMap(({ reason = '', message = '' }) =>
    /^(?:Failed|Unhealthy|BackOff|Killing|NotTriggerScaleUp)/.test(reason) ? [`${reason}: ${message.trim()}`] : [],
  );
  return [...new Set(lines)].slice(-5);
}
