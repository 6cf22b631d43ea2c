import type { Digest } from '../values/image-reference.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { StepName } from '../errors/diagnosis.ts';

/** The stops of a build, in order. `check` reads registry and targets before anything is built. */
export const STAGES = ['check', 'checkout', 'overlay', 'build', 'push', 'cleanup', 'rollout'] as const;
export type StageName = (typeof STAGES)[number];

export type BuildStatus = 'succeeded' | 'unstable' | 'failed' | 'canceled' | 'superseded';
export type StageStatus = 'succeeded' | 'failed' | 'canceled' | 'skipped';
export type RolloutStatus =
  | 'succeeded'
  | 'failed'
  | 'rolled-back'
  | 'skipped'
  | 'same-cluster'
  | 'exported'
  | 'not-started';

/** An error as data, in results, events and the store. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  /** The stage in which it happened (`rollout prd` for the rollout of an environment); null before the first. */
  readonly stage: string | null;
  readonly hint: string | null;
  readonly evidence: readonly string[];
}

export interface StageResult {
  /** A StageName; rollouts are `rollout ENV`. */
  readonly name: string;
  readonly status: StageStatus;
  readonly durationMs: number;
}

/** What a try that failed was. */
export type AttemptOutcome =
  | 'permanent'
  | 'transient'
  | 'cache-damage'
  | 'disk-full'
  | 'out-of-memory'
  | 'unknown-failure';

/** One try that failed, and what was done about it. */
export interface AttemptResult {
  /** The stage that it was a try of. */
  readonly stage: string;
  /** Id of the rule of docs/healing.md that knew the failure; `unknown` where none did. */
  readonly rule: string;
  readonly outcome: AttemptOutcome;
  /** The words of the builder, engine or registry; one line. */
  readonly evidence: string;
  /** What was done before the next try; `none`: it was the last. */
  readonly remedy: StepName | 'none';
  /** The engine or registry that it was. */
  readonly at: string;
  /** Of the try, and of what was done after it: the time that was lost. */
  readonly durationMs: number;
}

export interface RolloutResult {
  readonly env: string;
  readonly status: RolloutStatus;
  readonly deployment: string;
  readonly replicas: number;
  /** N of the image that was to run there: environments may get different ones. Null: not ours, or nothing was to. */
  readonly number: number | null;
  readonly digest: Digest | null;
  readonly previous: { readonly number: number | null; readonly digest: Digest } | null;
  /** To paste: brings back what ran before. Null where nothing of ours ran before. */
  readonly rollbackCommand: string | null;
  /** The same with the target's own tool; null where it has none. */
  readonly nativeRollbackCommand: string | null;
  /** `answers 200 on /health, runs sha256:1f3c…`, or why not. */
  readonly detail: string;
  readonly error: ErrorReport | null;
  readonly durationMs: number;
}

/** What one run of the main job ended with; `docs/result.schema.json` describes its JSON. */
export interface BuildResult {
  readonly schemaVersion: 1;
  readonly service: string;
  readonly site: string;
  readonly status: BuildStatus;
  readonly number: number | null;
  readonly commit: string | null;
  /** `host/path:latest-amd64` and `host/path:b42-amd64`; null where that point was not reached. */
  readonly image: string | null;
  readonly buildImage: string | null;
  readonly digest: Digest | null;
  readonly built: boolean;
  readonly reason: string;
  readonly attempts: readonly AttemptResult[];
  readonly stages: readonly StageResult[];
  readonly rollouts: readonly RolloutResult[];
  readonly parameters: BuildParameters;
  readonly infra: { readonly commit: string | null; readonly dirty: boolean };
  readonly startedBy: string;
  readonly warnings: readonly string[];
  readonly error: ErrorReport | null;
  readonly durationMs: number;
}

/** How one service of build-all ended. `skipped`: never begun, or a newer build took its place. */
export type ServiceStatus = 'succeeded' | 'unstable' | 'failed' | 'canceled' | 'skipped';

/** What build-all ended with. Each service is in one of the lists, and has a result where it was begun. */
export interface BuildAllResult {
  readonly schemaVersion: 1;
  /** `unstable`: some services failed, or are unstable, and others are not; `failed`: all that were begun. */
  readonly status: 'succeeded' | 'unstable' | 'failed' | 'canceled';
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly unstable: readonly string[];
  readonly skipped: readonly string[];
  readonly canceled: readonly string[];
  /** In the order of services.yaml. */
  readonly results: readonly BuildResult[];
  readonly durationMs: number;
}

/** The parameters of a build as they were resolved, for the record. */
export interface BuildParameters {
  readonly site: string;
  readonly env: readonly string[];
  readonly tag: string;
  readonly arch: 'amd64' | 'arm64';
  readonly registry: 'nexus' | 'local';
  readonly deploy: boolean;
  readonly noCache: boolean;
  readonly rebuild: boolean;
  readonly number: number | null;
  readonly switchSite: boolean;
  readonly trigger: 'person' | 'automatic';
  /** Jenkins' BUILD_NUMBER, recorded and never used as bN. */
  readonly jenkinsBuildNumber: string | null;
}
