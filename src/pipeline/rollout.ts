import { messageOf } from '../errors/xgen-error.ts';
import type { RolloutResult, StageStatus } from '../ports/result.ts';
import type { TargetImage } from '../ports/target.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { CheckedTarget } from './check-targets.ts';
import { runsAlready } from './rollout-already.ts';
import { rollOutOne } from './rollout-one.ts';
import { imageOf, type RollOutRequest } from './rollout-request.ts';
import { abortOf, resultOf, samePlace, untouched } from './rollout-result.ts';
import { nameOf } from './rollout-text.ts';

/** One environment that was asked for. */
type Stop =
  | { readonly kind: 'target'; readonly env: string; readonly checked: CheckedTarget; readonly image: TargetImage }
  | { readonly kind: 'excluded'; readonly env: string; readonly reason: string };

/**
 * Rolls the targets out one after another. A later one is touched only when the one before was proven; environments
 * that the configuration excludes do not block. Everything that went wrong is in the results; only an AbortReason is
 * thrown, after what was under way went back.
 */
export async function rollOut(request: RollOutRequest): Promise<readonly RolloutResult[]> {
  const results: RolloutResult[] = [];
  for (const stop of stopsOf(request)) results.push(await runStop(request, stop, results));
  return results;
}

async function runStop(request: RollOutRequest, stop: Stop, results: readonly RolloutResult[]): Promise<RolloutResult> {
  const { env } = stop;
  if (stop.kind === 'excluded') return tell(request, untouched(env, { status: 'skipped', detail: stop.reason }));
  const blocking = results.find(isBlocking);
  const { deployment } = stop.checked.target;
  if (blocking !== undefined) {
    const detail = `not started: ${blocking.env} was not proven`;
    return tell(request, untouched(env, { status: 'not-started', detail, deployment }));
  }
  if (stop.checked.samePlaceAs !== null) return tell(request, samePlace(stop.checked, results));
  return runTarget(request, stop, results);
}

/** What the configuration excludes does not block; a deployment that is missing does. */
function isBlocking({ status, error }: RolloutResult): boolean {
  return status === 'failed' || status === 'rolled-back' || (status === 'skipped' && error !== null);
}

async function runTarget(
  request: RollOutRequest,
  { checked, image }: Extract<Stop, { kind: 'target' }>,
  results: readonly RolloutResult[],
): Promise<RolloutResult> {
  const { ports, emit, signal } = request.context;
  const { target } = checked;
  const stage = `rollout ${target.env}`;
  signal.throwIfAborted();
  const begin = ports.clock.monotonicMs();
  emit({ kind: 'stage-started', stage, detail: `${nameOf(image)} to ${target.deployment}` });
  const already = request.keepsRunning === true ? runsAlready(checked, image) : null;
  const end = already ?? (await rollOutOne({ request, checked, image, results, onStep: progress(request, stage) }));
  const result = resultOf({
    target,
    image,
    end,
    adapter: ports.targets(target.kind),
    parameters: request.plan.parameters,
    durationMs: Math.round(ports.clock.monotonicMs() - begin),
  });
  const reason = abortOf(end);
  if (end.outcome.kind === 'proven')
    for (const message of end.outcome.proof.warnings ?? []) emit({ kind: 'warning', stage, message });
  if (result.status === 'skipped') emit({ kind: 'warning', stage, message: `${target.env}: ${result.detail}` });
  finish(request, result, reason === null ? stageStatusOf(result) : 'canceled');
  const { outcome } = end;
  if (outcome.kind !== 'refused' && outcome.open !== null) await close(request, outcome.open.id, result);
  if (reason !== null) throw reason;
  return result;
}

function stageStatusOf({ status }: RolloutResult): StageStatus {
  if (status === 'skipped') return 'skipped';
  return status === 'succeeded' ? 'succeeded' : 'failed';
}

/** A state that cannot be written changes nothing about what runs: that is said, and what was rolled out stands. */
async function close({ context }: RollOutRequest, id: string, result: RolloutResult): Promise<void> {
  try {
    await context.ports.store.closeRollout(context.build, { id, result });
  } catch (error) {
    const message = `the rollout could not be noted in the state: ${messageOf(error)}`;
    context.emit({ kind: 'warning', stage: `rollout ${result.env}`, message });
  }
}

/** In the order that was asked for. Images are worked out for all before the first target is touched. */
function stopsOf(request: RollOutRequest): readonly Stop[] {
  const { plan, checked } = request;
  const stops: readonly Stop[] = [
    ...checked.targets.map((one): Stop => ({
      kind: 'target',
      env: one.target.env,
      checked: one,
      image: imageOf(request, one),
    })),
    ...plan.excluded.map(({ env, reason }): Stop => ({ kind: 'excluded', env, reason })),
  ];
  return stops.toSorted((left, right) => placeOf(plan, left.env) - placeOf(plan, right.env));
}

function placeOf({ parameters }: BuildPlan, env: string): number {
  const place = parameters.env.indexOf(env);
  return place < 0 ? parameters.env.length : place;
}

/** Says each step once. */
function progress({ context }: RollOutRequest, stage: string): (detail: string) => void {
  let last = '';
  return (detail) => {
    if (detail !== last) context.emit({ kind: 'stage-progress', stage, detail });
    last = detail;
  };
}

function tell(request: RollOutRequest, result: RolloutResult): RolloutResult {
  finish(request, result, 'skipped');
  return result;
}

function finish({ context }: RollOutRequest, result: RolloutResult, status: StageStatus): void {
  const { detail, durationMs, env } = result;
  context.emit({ kind: 'stage-finished', stage: `rollout ${env}`, status, detail, durationMs });
  context.emit({ kind: 'rollout-finished', rollout: result });
}
