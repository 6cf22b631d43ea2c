import { AbortReason, abortReasonOf } from '../errors/abort-reason.ts';
import { messageOf, XgenError } from '../errors/xgen-error.ts';
import type { Login } from '../ports/credentials.ts';
import type { RolloutResult } from '../ports/result.ts';
import type { RolloutOrder, RolloutTarget, TargetImage, TargetState } from '../ports/target.ts';
import type { CheckedTarget } from './check-targets.ts';
import { attemptRollout, type Attempt } from './rollout-attempt.ts';
import { guardMissing, guardSite } from './rollout-guards.ts';
import { mendTarget } from './rollout-mend.ts';
import { requireProven } from './rollout-proven-in.ts';
import { takeSlot } from './rollout-slot.ts';
import type { RollOutRequest } from './rollout-request.ts';

const BUSY_MARGIN_MS = 120_000;
const BUSY_PAUSE_MS = 1_000;
/** How long an image that runs already may take to answer before it is replaced after all. */
const QUICK_PROOF_MS = 5_000;

export interface OneRollout {
  readonly request: RollOutRequest;
  readonly checked: CheckedTarget;
  readonly image: TargetImage;
  /** Of the environments before this one. */
  readonly results: readonly RolloutResult[];
  readonly onStep: (step: string) => void;
}

/** How a rollout of one target ended, and what ran there before. Refused: the target was not touched. */
export interface OneEnd {
  readonly before: TargetState;
  readonly outcome: Attempt | { readonly kind: 'refused'; readonly error: unknown };
}

/**
 * Rolls one target out while no other process does, and waits for its turn: under the store's lock, and, where the
 * other one has a store of its own, until the target is free. Never rejects.
 */
export async function rollOutOne(one: OneRollout): Promise<OneEnd> {
  const { request, checked } = one;
  const { context } = request;
  const state = { before: checked.state };
  try {
    const lock = await context.ports.store.lock(`rollout ${checked.identity}`, {
      owner: context.startedBy,
      signal: context.signal,
      onBusy: (holder) => context.emit({ kind: 'waiting', forWhom: `the rollout of ${holder}` }),
    });
    try {
      // The turn first, then the place: whoever waits for a turn keeps no place from others.
      const slot = await takeSlot(context, checked.target);
      try {
        const outcome = await untilFree(one, state);
        return { ...state, outcome };
      } finally {
        await slot.release();
      }
    } finally {
      await lock.release();
    }
  } catch (error) {
    return { ...state, outcome: { kind: 'refused', error: abortReasonOf(context.signal) ?? error } };
  }
}

async function untilFree(one: OneRollout, state: { before: TargetState }): Promise<Attempt> {
  const { ports, signal, emit } = one.request.context;
  // The other one may take its time, and as much again to go back.
  const deadline = ports.clock.monotonicMs() + 2 * one.checked.target.timeoutMs + BUSY_MARGIN_MS;
  let isTold = false;
  for (;;) {
    try {
      return await lookAndRollOut(one, state);
    } catch (error) {
      const isBusy = error instanceof XgenError && error.code === 'ROLLOUT_BUSY';
      if (!isBusy || ports.clock.monotonicMs() >= deadline) throw error;
      if (!isTold) emit({ kind: 'waiting', forWhom: messageOf(error) });
      isTold = true;
      await ports.clock.sleep(BUSY_PAUSE_MS, signal);
    }
  }
}

/** Under the target's own lock too, where it has one: machines with a state each do not know of one another. */
async function lookAndRollOut(one: OneRollout, state: { before: TargetState }): Promise<Attempt> {
  const { request, checked } = one;
  const { context } = request;
  const adapter = context.ports.targets(checked.target.kind);
  await confirmLease(request);
  const { startedBy, signal } = context;
  const claim = await adapter.claim(checked.target, { startedBy, signal });
  try {
    return await rollOutClaimed(one, state, adapter);
  } finally {
    await claim.release();
  }
}

/** What was read before the build may be old by now: everything is looked at again under the lock. */
async function rollOutClaimed(
  one: OneRollout,
  state: { before: TargetState },
  adapter: RolloutTarget,
): Promise<Attempt> {
  const { request, checked, image } = one;
  const { context, plan } = request;
  const { target, identity } = checked;
  await mendTarget(context, adapter, { target, identity });
  state.before = await adapter.inspect(target, context.signal);
  const { before } = state;
  guardSite(target, before, plan.parameters.switchSite);
  guardMissing(target, before);
  await requireProven(request, { target, image, results: one.results });
  const order: RolloutOrder = {
    target,
    image,
    login: await loginOf(request, image),
    startedBy: context.startedBy,
    onStep: one.onStep,
    onWarning: (message) => context.emit({ kind: 'warning', stage: `rollout ${checked.target.env}`, message }),
    signal: context.signal,
  };
  if (request.restart === true) return restart(adapter, order);
  const already = request.anew === true ? null : await proveAlready(adapter, order, before);
  return already ?? attemptRollout({ context, adapter, order, identity, before });
}

async function restart(adapter: RolloutTarget, order: RolloutOrder): Promise<Attempt> {
  try {
    return { kind: 'proven', proof: await adapter.restart(order), isSame: false, open: null };
  } catch (error) {
    return { kind: 'failed', error: abortReasonOf(order.signal) ?? error, reverted: { kind: 'left' }, open: null };
  }
}

/** Null where the image does not run yet, was not proven, or does not answer any more. */
async function proveAlready(adapter: RolloutTarget, order: RolloutOrder, before: TargetState): Promise<Attempt | null> {
  const runs = before.status === 'present' && before.running && before.isProven && before.digest === order.image.digest;
  if (!runs || before.site !== order.target.site) return null;
  const timeoutMs = Math.min(order.target.timeoutMs, QUICK_PROOF_MS);
  const quick = { ...order, target: { ...order.target, timeoutMs } };
  try {
    const snapshot = await adapter.snapshot(order.target, order.signal);
    return { kind: 'proven', proof: await adapter.prove(quick, snapshot), isSame: true, open: null };
  } catch (error) {
    order.signal.throwIfAborted();
    if (!(error instanceof XgenError)) throw error;
    return null;
  }
}

/** A build that another process took over must not roll out. */
async function confirmLease({ context }: RollOutRequest): Promise<void> {
  context.signal.throwIfAborted();
  const answer = await context.ports.store.heartbeat(context.build);
  if (answer === 'lost') throw new AbortReason('lost', 'another process took this build over');
  if (answer === 'cancel') throw new AbortReason('canceled', 'the build was canceled from outside');
}

async function loginOf({ context, plan }: RollOutRequest, image: TargetImage): Promise<Login | null> {
  const { registry } = plan.image;
  const { host } = image.reference;
  const { credentials } = context.ports;
  const isOwn = host === registry.pullHost || host === registry.host;
  if (!isOwn) return credentials.find({ kind: 'registry', host });
  return registry.credentialId === null ? null : credentials.require(registry.credentialId, { kind: 'registry', host });
}
