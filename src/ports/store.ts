import type { BuildEvent } from './events.ts';
import type { BuildParameters, BuildResult, BuildStatus, RolloutResult, StageResult, AttemptResult } from './result.ts';
import type { Digest } from '../values/image-reference.ts';
import type { TargetSnapshot } from './target.ts';

/**
 * Glossary. A *claim* makes a process the owner of the one running build of a service and site. The *token* of a claim
 * fences every later write: after a takeover the old owner's writes change nothing. A *lease* says until when the owner
 * counts as alive. To *draw* is to hand out a build number, once, to one build. The store's operations are whole: no
 * transaction leaves it. None blocks the process for longer than 50 ms.
 */
export interface BuildClaim {
  readonly service: string;
  readonly site: string;
  /** Equal keys are equal parameters: only such an automatic build can be superseded, or taken over after a crash. */
  readonly parametersKey: string;
  readonly parameters: BuildParameters;
  readonly startedBy: string;
  /** `build`, or the command that rolls out without building. */
  readonly command: 'build' | 'deploy' | 'rollback' | 'promote';
}

export interface ClaimedBuild {
  readonly id: string;
  readonly token: string;
  readonly service: string;
  readonly site: string;
  /** From 1; above 1 where the build was taken over after its process died. */
  readonly attempt: number;
  /** The number that was drawn before the takeover; null where none was. */
  readonly number: number | null;
  /** The commit that was checked out before the takeover. */
  readonly commit: string | null;
}

export type ClaimAnswer =
  | { readonly status: 'claimed'; readonly build: ClaimedBuild }
  /** Another live process builds the same service and site. */
  | { readonly status: 'busy'; readonly startedBy: string; readonly number: number | null; readonly since: string }
  /** An automatic build with the same parameters that asked later is waiting or running. */
  | { readonly status: 'superseded'; readonly by: string };

export type HeartbeatAnswer = 'ok' | 'lost' | 'cancel';

export interface BuildRecord {
  readonly id: string;
  readonly service: string;
  readonly site: string;
  readonly command: BuildClaim['command'];
  readonly number: number | null;
  readonly status: BuildStatus | 'running' | 'lost';
  readonly attempt: number;
  readonly parameters: BuildParameters;
  readonly startedBy: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly commit: string | null;
  readonly digest: Digest | null;
  readonly fingerprint: string | null;
  /** Of the image in the engine; null where none was built. */
  readonly sizeBytes: number | null;
  readonly stages: readonly StageResult[];
  readonly attempts: readonly AttemptResult[];
  readonly rollouts: readonly RolloutResult[];
  /** Null while it runs, and where its process died. */
  readonly result: BuildResult | null;
}

export interface BuildQuery {
  /** Only those that have pushed an image, or found theirs in the registry. */
  readonly pushed?: boolean;
  /** Only those that drew a number: whose image was built. */
  readonly numbered?: boolean;
  readonly service?: string;
  readonly site?: string;
  readonly number?: number;
  readonly id?: string;
  /** Newest first; 20 by default. */
  readonly limit?: number;
}

export interface ForgetOrder {
  readonly service: string;
  readonly site: string;
  readonly keep: number;
  readonly keepNumbers: readonly number[];
  /** RFC 3339: what began later stays; null: no such rule. */
  readonly before: string | null;
  readonly dryRun: boolean;
}

/**
 * Facts of a build that become known while it runs. Digest and fingerprint are given together: a record must never join
 * the digest of one image and the fingerprint of another.
 */
export interface BuildFacts {
  readonly commit?: string;
  readonly digest?: Digest;
  readonly fingerprint?: string;
  readonly sizeBytes?: number;
}

export interface LockHandle {
  readonly name: string;
  /** Grows with every holder: a later holder is told from an earlier one. */
  readonly fence: number;
  release(): Promise<void>;
}

/** A rollout that was begun; open until it is closed, so that the next run can bring back what ran. */
export interface OpenRollout {
  readonly id: string;
  readonly buildId: string;
  readonly targetIdentity: string;
  readonly snapshot: TargetSnapshot;
}

export interface BuildHandle {
  readonly id: string;
  readonly token: string;
}

export interface Store {
  /** Asks once. A build that waits its turn calls again with the same `waiterId`; order of first asking is kept. */
  claim(claim: BuildClaim, waiterId: string): Promise<ClaimAnswer>;
  /** Gives up waiting. */
  withdraw(waiterId: string): Promise<void>;
  /** Extends the lease; to be called every `heartbeatMs`. */
  heartbeat(build: BuildHandle): Promise<HeartbeatAnswer>;
  readonly heartbeatMs: number;
  /**
   * Hands out the next number of the service, above `above` and not below `floor`, and writes it into the build's row.
   * With `exactly`, that number: throws NUMBER_TAKEN where it was handed out before.
   */
  draw(build: BuildHandle, draw: { above: number; floor: number; exactly: number | null }): Promise<number>;
  recordFacts(build: BuildHandle, facts: BuildFacts): Promise<void>;
  recordStage(build: BuildHandle, stage: StageResult): Promise<void>;
  recordAttempt(build: BuildHandle, attempt: AttemptResult): Promise<void>;
  /** Persists the snapshot before the target is touched. */
  openRollout(build: BuildHandle, rollout: { targetIdentity: string; snapshot: TargetSnapshot }): Promise<OpenRollout>;
  closeRollout(build: BuildHandle, rollout: { id: string; result: RolloutResult }): Promise<void>;
  /** Rollouts of a target that were begun by processes that are dead. */
  abandonedRollouts(targetIdentity: string): Promise<readonly OpenRollout[]>;
  /** Forgets an abandoned rollout once it was mended. */
  dismissRollout(id: string): Promise<void>;
  /** Fenced: false where the build is no longer the caller's, and then nothing was written. */
  finish(build: BuildHandle, result: BuildResult): Promise<boolean>;
  /** Asks the owner of a running build to stop, through its heartbeat. False where it does not run. */
  requestCancel(buildId: string): Promise<boolean>;

  /** Appends to the build's stream; buffered, in order. Errors of the disk surface in `flushEvents`. */
  appendEvents(build: BuildHandle, events: readonly BuildEvent[]): void;
  flushEvents(build: BuildHandle): Promise<void>;
  /** The stream from the beginning; with `follow` until the build has ended (or its process died). */
  readEvents(buildId: string, options: { follow: boolean; signal: AbortSignal }): AsyncIterable<BuildEvent>;

  /**
   * Forgets old builds with their logs, and gives them back; with `dryRun` it only tells. What runs, what is among the
   * newest `keep`, and what has one of `keepNumbers` stays; so do numbers, which are never handed out twice.
   */
  forget(order: ForgetOrder): Promise<readonly { readonly id: string; readonly number: number | null }[]>;
  find(query: BuildQuery): Promise<readonly BuildRecord[]>;
  /** True while the process that owns the build is alive. */
  isAlive(buildId: string): Promise<boolean>;

  /**
   * A lock over processes, held until release or until the process dies. `onBusy` is called once with the holder.
   * Rejects with the signal's reason.
   */
  lock(
    name: string,
    options: { owner: string; signal: AbortSignal; onBusy: (holder: string) => void },
  ): Promise<LockHandle>;
  close(): Promise<void>;
}
