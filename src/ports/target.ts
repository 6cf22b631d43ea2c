import type { Digest, ImageReference } from '../values/image-reference.ts';
import type { Login } from './credentials.ts';
import type { RegistryAddress } from './registry.ts';

/**
 * Glossary. A *target* is where one service of one site runs in one environment. *Inspect* reads it. A *snapshot* is
 * what is needed to bring back what ran before, from any machine. *Apply* changes the target. *Prove* ends when what
 * runs is the pushed digest and is healthy, and throws otherwise. *Revert* brings the snapshot back.
 */
export type TargetKind = 'docker' | 'kubernetes' | 'airgapped';
export type OnFailure = 'warn' | 'fail' | 'rollback';
export type RolloutStrategy = 'restart' | 'pin';

export interface HealthCheck {
  readonly port: number;
  /** Path that answers 2xx or 3xx when the service is healthy. */
  readonly path: string;
}

/** Where and how one environment runs the service; resolved from the configuration, complete, serialisable. */
export interface TargetPlan {
  readonly env: string;
  readonly kind: TargetKind;
  readonly service: string;
  readonly site: string;
  readonly deployment: string;
  readonly container: string;
  readonly workload: 'deployment' | 'statefulset' | 'daemonset';
  readonly namespace: string;
  readonly health: HealthCheck;
  readonly timeoutMs: number;
  readonly strategy: RolloutStrategy;
  readonly onFailure: OnFailure;
  readonly sameAs: string | null;
  readonly protected: boolean;
  readonly requireProvenIn: string | null;
  /** Rollouts side by side in the environment. */
  readonly concurrency: number;
  /** The image's repository as this target pulls it (`pullHost`). */
  readonly repository: { readonly host: string; readonly path: string };
  /** The same registry as this process reaches it. */
  readonly registry: RegistryAddress;
  readonly movingTag: string;
  readonly arch: string;
  readonly docker: {
    /** Null: the engine that the docker client would find. */
    readonly host: string | null;
    readonly project: string;
    /** `127.0.0.1:18000` for a container that is made new; null: not published. */
    readonly publish: string | null;
  };
  readonly kubernetes: {
    /** Absolute, or `~/…`; empty: the pod's own cluster, else what kubectl would take. */
    readonly kubeconfig: string;
    readonly context: string | null;
    /** Name of the Argo CD application, where the environment has an Argo CD. */
    readonly argocdApp: string | null;
  };
}

/** An image that ran, or is to run, in a target. */
export interface TargetImage {
  readonly number: number | null;
  readonly commit: string | null;
  readonly digest: Digest;
  /** As the target pulls it, by digest. */
  readonly reference: ImageReference;
}

/** What runs in a target now. */
export type TargetState =
  | { readonly status: 'missing'; readonly canCreate: boolean }
  | {
      readonly status: 'present';
      /** Null where it cannot be known whose image it is: a path without a site and no label of ours. */
      readonly site: string | null;
      /** Digest that really runs, null where the engine does not know it (an image without a registry). */
      readonly digest: Digest | null;
      /** Every digest that something there still runs, or would pull again: while pods differ, more than one. */
      readonly runs: readonly Digest[];
      /** The image as the target names it. */
      readonly image: string;
      readonly number: number | null;
      readonly commit: string | null;
      /** When it was rolled out, RFC 3339, and by whom; null where that was not us. */
      readonly since: string | null;
      readonly startedBy: string | null;
      readonly running: boolean;
      readonly replicas: number;
      /** Images that ran well here before, newest first; what runs now is not among them. */
      readonly proven: readonly TargetImage[];
      /** True where what runs now was proven by us. */
      readonly isProven: boolean;
      /** Another program that writes the same object from a source of its own; null: none is known. */
      readonly tracker: Tracker | null;
    };

/** Argo CD: what is rolled out past it lasts until its next sync. */
export interface Tracker {
  /** `Argo CD application xgen-core-dev` */
  readonly name: string;
  /** The image that its next sync writes, as far as the object tells; null: not known. */
  readonly image: string | null;
}

/** What to roll out. */
export interface RolloutOrder {
  readonly target: TargetPlan;
  readonly image: TargetImage;
  readonly login: Login | null;
  readonly startedBy: string;
  /** What is running in one short line for the terminal. */
  readonly onStep: (step: string) => void;
  /** What is worth a warning, but no failure of the rollout. */
  readonly onWarning: (message: string) => void;
  readonly signal: AbortSignal;
}

/** Serialisable: it is kept in the store, and another machine can revert from it. */
export interface TargetSnapshot {
  readonly kind: TargetKind;
  readonly env: string;
  readonly deployment: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What was proven: enough to say so in one line. */
export interface RolloutProof {
  readonly digest: Digest;
  readonly replicas: number;
  /** `answers 200 on /health` */
  readonly detail: string;
  /** What the one who rolled out should know although it went well. */
  readonly warnings?: readonly string[];
}

/** A right of this login in a target, asked before it is needed. */
export interface TargetRight {
  /** `patch deployments` */
  readonly what: string;
  readonly isAllowed: boolean;
  /** What is done without where it is missing; null: it is needed. */
  readonly serves: string | null;
}

export interface RolloutTarget {
  /**
   * Keeps other machines from rolling out there until it is released, where the target has a lock of its own.
   * Throws ROLLOUT_BUSY.
   */
  claim(target: TargetPlan, by: { startedBy: string; signal: AbortSignal }): Promise<TargetClaim>;
  /** The rights of this login, where the target can be asked. Throws TARGET_UNREACHABLE. */
  rights(target: TargetPlan, signal: AbortSignal): Promise<readonly TargetRight[]>;
  /** An identity that two plans share exactly when they are the same place: engine and project, or cluster and namespace. */
  identity(target: TargetPlan, signal: AbortSignal): Promise<string>;
  /** Also brings back what a killed rollout left half done. Throws TARGET_UNREACHABLE, TARGET_FORBIDDEN. */
  recover(target: TargetPlan, signal: AbortSignal): Promise<void>;
  /** Reads, writes nothing. Throws TARGET_UNREACHABLE, TARGET_FORBIDDEN. */
  inspect(target: TargetPlan, signal: AbortSignal): Promise<TargetState>;
  /**
   * Finds out before the build what would make a rollout fail for certain; writes nothing.
   * Throws CONFIG_INVALID, ROLLOUT_FAILED, TARGET_UNREACHABLE, TARGET_FORBIDDEN.
   */
  check(target: TargetPlan, signal: AbortSignal): Promise<void>;
  snapshot(target: TargetPlan, signal: AbortSignal): Promise<TargetSnapshot>;
  /** Throws ROLLOUT_PULL_FAILED, ROLLOUT_FAILED, ROLLOUT_BUSY. */
  apply(order: RolloutOrder, snapshot: TargetSnapshot): Promise<void>;
  /** Throws a ROLLOUT_… error that names the cause, with the end of the new one's log as evidence. */
  prove(order: RolloutOrder, snapshot: TargetSnapshot): Promise<RolloutProof>;
  /**
   * Brings back what ran before. Resolves to true where that was proven to run again, to false where nothing ran
   * before. Throws ROLLBACK_FAILED. The signal is one of its own: a cancelled rollout is still reverted.
   */
  revert(target: TargetPlan, snapshot: TargetSnapshot, signal: AbortSignal): Promise<boolean>;
  /** Restarts what runs, without a new image, and proves it. */
  restart(order: RolloutOrder): Promise<RolloutProof>;
  /** The command that brings `image` back without xgen-build (`kubectl set image …`), or null where there is none. */
  nativeRollbackCommand(target: TargetPlan, image: TargetImage): string | null;
}

export interface TargetClaim {
  /** Never rejects: what cannot be released runs out by itself. */
  release(): Promise<void>;
}

/** The target of a kind; throws NOT_BUILT_YET for a kind that this version does not serve. */
export type Targets = (kind: TargetKind) => RolloutTarget;
