import type { TargetPlan } from '../../ports/target.ts';
import type { Failure } from './failure.ts';
import { linesOf } from './judge-container.ts';
import { CREATE_FAILED } from './memory.ts';
import type { Workload } from './objects.ts';
import type { RolloutView } from './rollout-view.ts';

/** With a quota that is full, the old pods that a rollout takes away first may make room. */
export const QUOTA_MS = 5_000;

export function deletedFailure({ workload, deployment }: TargetPlan): Failure {
  return {
    code: 'ROLLOUT_INTERFERED',
    message: `${workload} ${deployment} was deleted while it was being rolled out`,
    hint: 'find out who did, make it again, and run the command again',
    evidence: [],
    at: null,
  };
}

export function pausedFailure(
  { workload: word, deployment, namespace }: TargetPlan,
  { spec }: Workload,
): Failure | null {
  if (spec.paused !== true) return null;
  return {
    code: 'ROLLOUT_PAUSED',
    message: `${word} ${deployment} was paused while it was being rolled out`,
    hint: `kubectl -n ${namespace} rollout resume ${word}/${deployment}`,
    evidence: [],
    at: null,
  };
}

/** The pods cannot even be made: quota, admission, a missing account. */
export function createFailure({ target, memory, nowMs }: RolloutView, { status }: Workload): Failure | null {
  const condition = status?.conditions?.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  if (condition === undefined) return null;
  const words = condition.message ?? condition.reason ?? '';
  const forMs = nowMs - (memory.since.get(CREATE_FAILED) ?? nowMs);
  return judgeCreate(target, words, forMs);
}

function judgeCreate({ namespace, service }: TargetPlan, words: string, forMs: number): Failure | null {
  const evidence = linesOf(words);
  if (/exceeded quota|must specify (?:limits|requests)/i.test(words)) {
    if (forMs < QUOTA_MS) return null;
    const quota = /exceeded quota: (?<what>.*)$/s.exec(words)?.groups?.['what'];
    return {
      code: 'ROLLOUT_QUOTA',
      message: `the quota of ${namespace} does not allow the new pods: ${quota ?? words}`,
      hint: `kubectl -n ${namespace} describe resourcequota; raise it, or lower requests or maxSurge of the workload`,
      evidence,
      at: null,
    };
  }
  const account = /serviceaccount "(?<name>[^"]*)" not found/.exec(words)?.groups?.['name'];
  return {
    code: 'ROLLOUT_REFUSED',
    message: `the cluster refuses the new pods: ${words}`,
    hint:
      account === undefined
        ? `mend what the rule asks for in the manifest of ${service}, then run it again`
        : `kubectl -n ${namespace} create serviceaccount ${account}`,
    evidence,
    at: null,
  };
}
