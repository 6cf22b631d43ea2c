/** A branch of a repository. */
export interface SourceRef {
  /** https, http, ssh or file; without credentials in it. */
  readonly url: string;
  readonly branch: string;
  readonly credentialId: string | null;
  readonly submodules: boolean;
}

export interface SourceCommit {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
}

export interface CheckoutRequest {
  readonly source: SourceRef;
  readonly service: string;
  readonly site: string;
  /** Build exactly this commit (a build taken over after a crash); null: the tip of the branch. */
  readonly commit: string | null;
  /** Will be given to `commitsSince`: it is looked at beside all else. Null: none. */
  readonly since: string | null;
  readonly signal: AbortSignal;
  /** One short line on what it does at the moment (`receiving objects 45%`, whom it waits for); not redacted. */
  readonly onProgress?: (detail: string) => void;
}

/** A work tree at one commit, leased to one build until `release`. */
export interface SourceTree {
  /** Absolute path. The tree is kept between builds, so that unchanged files keep their times. */
  readonly directory: string;
  readonly head: SourceCommit;
  /** Stable per work tree: the engine recognises files that it was sent before. */
  readonly sharedKey: string;
  /** Commits since an earlier one, newest first, 100 at most; null where the earlier one is not an ancestor. */
  commitsSince(commit: string, signal: AbortSignal): Promise<readonly SourceCommit[] | null>;
  /** Takes away what the build added to the tree and gives up the lease. May be called twice. */
  release(): Promise<void>;
}

export interface InfraState {
  /** The infra repository's commit; null outside a git checkout. */
  readonly commit: string | null;
  /** True where the checkout has changes, in `config` or `dockerfiles`, that are not committed. */
  readonly dirty: boolean;
  /** Commits that the branch's remote-tracking branch has and the checkout has not; null where there is none. */
  readonly behind?: number | null;
}

export interface ResolvingAhead {
  readonly asked: Promise<void>;
  readonly tip: Promise<string>;
}

export interface CacheOrder {
  /** What the configuration builds. */
  readonly used: readonly { readonly source: SourceRef; readonly service: string; readonly site: string }[];
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export interface CacheRemoval {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/** Git: service repositories by a cached mirror and a kept work tree, and the state of the infra checkout. */
export interface Sources {
  /** Begins to read what a call to any server needs. */
  prepare(): void;
  /**
   * The commit at the tip of the branch, asked of the server; writes nothing.
   * Throws SOURCE_UNREACHABLE, SOURCE_LOGIN_REFUSED, REPOSITORY_MISSING, REPOSITORY_EMPTY, BRANCH_MISSING.
   */
  resolve(source: SourceRef, signal: AbortSignal): Promise<string>;
  /**
   * As `resolve`, for a branch that is likely to be built: where a copy of it is here, what is new comes with the answer,
   * and a checkout within the next seconds need not ask again. `asked` resolves when the server is being asked.
   */
  resolveAhead(source: SourceRef, signal: AbortSignal): ResolvingAhead;
  /** As `resolve`, and LFS_POINTER, SUBMODULE_REFUSED, CHECKOUT_FAILED. Waits for a lease held by another build. */
  checkout(request: CheckoutRequest): Promise<SourceTree>;
  /** Commits after `from` up to `to`, newest first; null where they are not related. Fetches where needed. */
  commitsBetween(range: {
    source: SourceRef;
    from: string;
    to: string;
    signal: AbortSignal;
  }): Promise<readonly SourceCommit[] | null>;
  /** Removes mirrors and work trees that none of `used` needs and that lay untouched for a week; with `dryRun` it tells. */
  tidyCache(order: CacheOrder): Promise<readonly CacheRemoval[]>;
  infraState(infraRoot: string): Promise<InfraState>;
}
