import { AbortReason } from '../errors/abort-reason.ts';
import { messageOf, XgenError } from '../errors/xgen-error.ts';
import type { BuildParameters, RolloutResult } from '../ports/result.ts';
import type { RolloutTarget, TargetImage, TargetPlan, TargetState } from '../ports/target.ts';
import { parseImage, withDigest, type Digest } from '../values/image-reference.ts';
import type { CheckedTarget } from './check-targets.ts';
import type { Attempt } from './rollout-attempt.ts';
import { mayBeMissing } from './rollout-guards.ts';
import type { OneEnd } from './rollout-one.ts';
import { commandBack, failedText, previousOf, provenText } from './rollout-text.ts';
import { errorReport } from './stage.ts';

interface Finished {
  readonly target: TargetPlan;
  readonly adapter: RolloutTarget;
  readonly image: TargetImage;
  readonly end: OneEnd;
  readonly parameters: BuildParameters;
  readonly durationMs: number;
}

/** What one rollout ended with, as the result says it. */
export function resultOf(finished: Finished): RolloutResult {
  const { outcome } = finished.end;
  if (outcome.kind === 'failed') return failedResult(finished, outcome);
  const { target, durationMs } = finished;
  if (outcome.kind === 'refused') {
    const detail = failedText(target, messageOf(outcome.error), null);
    const isMissing = outcome.error instanceof XgenError && outcome.error.code === 'DEPLOYMENT_MISSING';
    const status = isMissing && mayBeMissing(target) ? 'skipped' : 'failed';
    return { ...NO_WAY_BACK, ...asBefore(finished), status, detail, error: report(finished, outcome.error) };
  }
  const { digest, replicas } = outcome.proof;
  const detail = `${outcome.isSame ? 'ran already: ' : ''}${provenText(outcome.proof)}`;
  return { ...waysBack(finished), status: 'succeeded', replicas, digest, detail, error: null, durationMs };
}

function failedResult(finished: Finished, failed: Extract<Attempt, { kind: 'failed' }>): RolloutResult {
  const { reverted } = failed;
  const { target, end, durationMs } = finished;
  const detail = failedText(target, messageOf(failed.error), { ...reverted, before: end.before });
  const error = report(finished, failed.error);
  // What is back need not be brought back.
  if (reverted.kind === 'back') {
    const status = reverted.wasProven ? 'rolled-back' : 'failed';
    return { ...NO_WAY_BACK, ...asBefore(finished), status, detail, error };
  }
  const ways = reverted.kind === 'nothing-before' ? { ...common(finished), ...NO_WAY_BACK } : waysBack(finished);
  return { ...ways, status: 'failed', replicas: 0, digest: null, detail, error, durationMs };
}

/** The reason to stop, where the rollout was told to. */
export function abortOf({ outcome }: OneEnd): AbortReason | null {
  return outcome.kind !== 'proven' && outcome.error instanceof AbortReason ? outcome.error : null;
}

/** The result of an environment that was not touched. */
export function untouched(
  env: string,
  why: Pick<RolloutResult, 'status' | 'detail'> & Partial<RolloutResult>,
): RolloutResult {
  return {
    ...NO_WAY_BACK,
    env,
    deployment: '',
    replicas: 0,
    number: null,
    digest: null,
    previous: null,
    error: null,
    durationMs: 0,
    ...why,
  };
}

/** The result of an environment that is the same place as an earlier one. */
export function samePlace({ target, samePlaceAs }: CheckedTarget, results: readonly RolloutResult[]): RolloutResult {
  const first = results.find(({ env }) => env === samePlaceAs);
  const meant = target.sameAs === null ? `; if that is meant, set environments.${target.env}.sameAs` : '';
  return untouched(target.env, {
    status: 'same-cluster',
    deployment: target.deployment,
    replicas: first?.replicas ?? 0,
    number: first?.number ?? null,
    digest: first?.digest ?? null,
    detail: `the same place as ${samePlaceAs ?? 'another'}, rolled out once${meant}`,
  });
}

const NO_WAY_BACK = { rollbackCommand: null, nativeRollbackCommand: null } as const;

function common({ target, image, end }: Finished) {
  const { env, deployment } = target;
  return { env, deployment, number: image.number, previous: previousOf(end.before, image.digest) };
}

/** The commands that bring back what ran before: ours, and the target's own for what was proven there. */
function waysBack(finished: Finished) {
  const { target, adapter, parameters, end } = finished;
  const { previous, ...where } = common(finished);
  const image = previous === null ? null : imageBefore(end.before, previous.digest);
  return {
    ...where,
    previous,
    rollbackCommand: commandBack(target, end.before, { previous, parameters }),
    nativeRollbackCommand: image === null ? null : adapter.nativeRollbackCommand(target, image),
  };
}

function imageBefore(before: TargetState, digest: Digest): TargetImage | null {
  if (before.status === 'missing') return null;
  if (before.digest !== digest) return before.proven.find((image) => image.digest === digest) ?? null;
  const reference = parseImage(before.image);
  if (reference === null) return null;
  return { number: before.number, commit: before.commit, digest, reference: withDigest(reference, digest) };
}

function asBefore(finished: Finished) {
  const { before } = finished.end;
  const replicas = before.status === 'present' ? before.replicas : 0;
  const digest = before.status === 'present' ? before.digest : null;
  return { ...common(finished), replicas, digest, durationMs: finished.durationMs };
}

function report({ target }: Finished, error: unknown): RolloutResult['error'] {
  return { ...errorReport(error), stage: `rollout ${target.env}` };
}
