import type { TargetKind } from '../ports/target.ts';

export const CONFIG_FILES = ['project', 'services', 'environments'] as const;
export type ConfigFile = (typeof CONFIG_FILES)[number];

/** A key of a file; `*` stands for any name. */
export interface KeyPattern {
  readonly file: ConfigFile;
  readonly pattern: readonly string[];
}

/**
 * Keys that are known and whose feature does not exist in this version. They are refused, because a key that is
 * ignored promises what nobody does. A row goes when its feature comes.
 */
export const KEYS_NOT_BUILT_YET: readonly KeyPattern[] = [{ file: 'project', pattern: ['notifications'] }];

/** Targets that may be configured and not yet be rolled out to. */
export const TARGETS_NOT_BUILT_YET: readonly TargetKind[] = ['airgapped'];
