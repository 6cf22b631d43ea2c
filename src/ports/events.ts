import type { BuildResult, ErrorReport, RolloutResult, StageStatus, AttemptResult } from './result.ts';

/**
 * Everything that happens in a build, as one stream. Terminal, plain lines, JSON, the log, `logs --follow` and reports
 * are made from it alone. Texts are already redacted. `stage` is a stage's name as in StageResult.
 */
export type BuildEventBody =
  | {
      readonly kind: 'build-started';
      readonly service: string;
      readonly site: string;
      readonly arch: string;
      /** `docker.x2bee.com/xgen/lotteimall`: where images go, without the service. */
      readonly destination: string;
      readonly startedBy: string;
    }
  /** Another build of the same service and site runs; this one waits its turn. */
  | { readonly kind: 'waiting'; readonly forWhom: string }
  | { readonly kind: 'number-drawn'; readonly number: number }
  | { readonly kind: 'stage-started'; readonly stage: string; readonly detail: string }
  /** What a stage does at the moment, one short line; replaces the one before it. */
  | { readonly kind: 'stage-progress'; readonly stage: string; readonly detail: string }
  | {
      readonly kind: 'stage-finished';
      readonly stage: string;
      readonly status: StageStatus;
      readonly detail: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'step';
      readonly stage: string;
      /** Number of the step in order of first appearance, from 1. */
      readonly step: number;
      readonly name: string;
      readonly status: 'started' | 'completed' | 'cached' | 'failed';
      readonly durationMs: number | null;
    }
  /** Output of a step (`step` as above) or of the stage itself (0). Text keeps its line breaks. */
  | {
      readonly kind: 'log';
      readonly stage: string;
      readonly step: number;
      readonly stream: 'stdout' | 'stderr';
      readonly text: string;
    }
  | { readonly kind: 'warning'; readonly stage: string; readonly message: string }
  /** A try failed, and this is being done about it; `attempt` follows. */
  | { readonly kind: 'recovering'; readonly stage: string; readonly detail: string }
  | { readonly kind: 'attempt'; readonly stage: string; readonly attempt: AttemptResult }
  | { readonly kind: 'rollout-finished'; readonly rollout: RolloutResult }
  | { readonly kind: 'error'; readonly error: ErrorReport }
  | { readonly kind: 'build-finished'; readonly result: BuildResult };

export type BuildEvent = BuildEventBody & {
  /** From 1, without gaps, in the order of the stream. */
  readonly seq: number;
  /** RFC 3339, UTC. */
  readonly at: string;
};

export type Emit = (event: BuildEventBody) => void;
