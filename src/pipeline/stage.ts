import { abortReasonOf, AbortReason } from '../errors/abort-reason.ts';
import { messageOf, XgenError } from '../errors/xgen-error.ts';
import type { ErrorReport } from '../ports/result.ts';
import type { StageContext } from './context.ts';

/** A stage's value, and the line that says what it did. */
export interface StageOutcome<T> {
  readonly value: T;
  readonly detail: string;
}

/**
 * Runs one stage: says that it began and how it ended, and how long it took. A stage does not begin once the build was
 * told to stop.
 */
export async function runStage<T>(
  context: StageContext,
  stage: string,
  work: () => Promise<StageOutcome<T>>,
): Promise<T> {
  const { clock } = context.ports;
  context.signal.throwIfAborted();
  const begin = clock.monotonicMs();
  const elapsedMs = (): number => Math.round(clock.monotonicMs() - begin);
  context.emit({ kind: 'stage-started', stage, detail: '' });
  try {
    const { value, detail } = await work();
    context.emit({
      kind: 'stage-finished',
      stage,
      status: 'succeeded',
      detail,
      durationMs: elapsedMs(),
    });
    return value;
  } catch (error) {
    const durationMs = elapsedMs();
    const reason = abortReasonOf(context.signal);
    const status = reason === null ? 'failed' : 'canceled';
    context.emit({ kind: 'stage-finished', stage, status, detail: messageOf(reason ?? error), durationMs });
    throw reason ?? new StageFailure(stage, error);
  }
}

/** Remembers in which stage an error happened, without touching the error. */
export class StageFailure extends Error {
  override readonly name = 'StageFailure';
  readonly stage: string;

  constructor(stage: string, cause: unknown) {
    super(messageOf(cause), { cause });
    this.stage = stage;
  }
}

/** Any thrown thing as data. What nobody expected is INTERNAL, with its stack as evidence. */
export function errorReport(thrown: unknown): ErrorReport {
  if (thrown instanceof StageFailure) return { ...errorReport(thrown.cause), stage: thrown.stage };
  if (thrown instanceof XgenError) {
    const { code, message, hint, evidence } = thrown;
    const stage = typeof thrown.facts['stage'] === 'string' ? thrown.facts['stage'] : null;
    return { code, message, stage, hint, evidence };
  }
  if (thrown instanceof AbortReason) return abortReport(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? '').split('\n').slice(1, 6) : [];
  const hint = 'this is a fault of xgen-build: run again with --verbose and report what it prints';
  return {
    code: 'INTERNAL',
    message: messageOf(thrown),
    stage: null,
    hint,
    evidence: stack.map((line) => line.trim()),
  };
}

const ABORT_CODES = {
  canceled: 'CANCELED',
  draining: 'CANCELED',
  lost: 'LOST',
  superseded: 'SUPERSEDED',
  timeout: 'TIMEOUT',
} as const;

function abortReport(reason: AbortReason): ErrorReport {
  return { code: ABORT_CODES[reason.kind], message: reason.message, stage: null, hint: null, evidence: [] };
}
