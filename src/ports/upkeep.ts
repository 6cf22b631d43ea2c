import type { Login } from './credentials.ts';

/** The right to use the engine, alone or beside others. Held until `release`, or until the process dies. */
export interface EngineTurn {
  /** Of a turn alone: lets others in again, and stays as one of them. */
  letOthersIn(): Promise<void>;
  /** May be called twice; never rejects. */
  release(): Promise<void>;
}

export interface TurnRequest {
  /** For those who wait: `xgen-core of main, jiwon@ci-7`. */
  readonly who: string;
  readonly signal: AbortSignal;
  /** Told whom this one waits for, whenever that changes. */
  readonly onWait: (forWhom: string) => void;
}

export interface Pruned {
  readonly freedBytes: number;
}

/** What goes out of the engine's cache; what a build uses at the moment never does. */
export type PruneScope =
  /** What steps made and what the engine keeps of build contexts; caches that steps mount for themselves stay. */
  | { readonly kind: 'layers' }
  /** All of it, and images without a name. */
  | { readonly kind: 'everything' }
  /** The oldest, until so many bytes are left. */
  | { readonly kind: 'down-to'; readonly keepBytes: number };

export interface RemovedImages {
  /** Names or ids. */
  readonly removed: readonly string[];
  /** Images on the same base that could not go, and why: `a container uses it`, `it is in no registry`. */
  readonly kept: readonly { readonly image: string; readonly why: string }[];
}

export interface EngineResources {
  /** The machine's own name. */
  readonly name: string;
  readonly memoryBytes: number | null;
  /** Null where the engine's disk cannot be seen from here. */
  readonly freeDiskBytes: number | null;
}

/**
 * Care for the engine that builds. Builds share it, and what is thrown away is thrown away by one that has it alone:
 * among all processes of all machines that use the engine, because the turn is kept in the engine itself.
 */
export interface Upkeep {
  /** A build's turn. Waits while somebody has the engine alone, or waits to have it. */
  share(request: TurnRequest): Promise<EngineTurn>;
  /** Waits for the builds that run; new ones wait for it. Throws ENGINE_UNREACHABLE, BUILDER_FAILED. */
  takeAlone(request: TurnRequest): Promise<EngineTurn>;
  /** Throws ENGINE_UNREACHABLE, BUILDER_FAILED. To be called by one that has the engine alone. */
  prune(scope: PruneScope, signal: AbortSignal): Promise<Pruned>;
  /** Bytes of the engine's cache; null where it does not say. */
  cacheBytes(signal: AbortSignal): Promise<number | null>;
  /** Removes base images with all images that were built on them, as far as they can be had again. */
  removeImagesOn(
    bases: readonly { readonly image: string; readonly login: Login | null }[],
    signal: AbortSignal,
  ): Promise<RemovedImages>;
  /** Resolves to whether the engine answers, after at most `limitMs`. */
  awaitAnswer(wait: { readonly limitMs: number; readonly signal: AbortSignal }): Promise<boolean>;
  resources(signal: AbortSignal): Promise<EngineResources>;
}
