import type { GcDecision, Removal } from '../pipeline/gc-decision.ts';
import type { ErrorReport } from '../ports/result.ts';
import type { CacheRemoval } from '../ports/sources.ts';

/** What became of one repository of the registry. */
export interface RepositoryGc {
  readonly repository: string;
  readonly service: string;
  /** Several where the path has no site. */
  readonly sites: readonly string[];
  readonly removed: readonly Removal[];
  readonly spared: GcDecision['spared'];
  /** Null where all went well. */
  readonly error: ErrorReport | null;
}

export interface GcReport {
  readonly schemaVersion: 1;
  readonly dryRun: boolean;
  readonly repositories: readonly RepositoryGc[];
  /** Sites of which nothing was removed, and why. */
  readonly skippedSites: readonly { readonly site: string; readonly reasons: readonly string[] }[];
  readonly builds: readonly { readonly service: string; readonly site: string; readonly count: number }[];
  readonly cache: readonly CacheRemoval[];
}
