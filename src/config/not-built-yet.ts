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
export const KEYS_NOT_BUILT_YET: readonly KeyPattern[] = [
  { file: 'project', pattern: ['gc'] },
  { file: 'project', pattern: ['build', 'concurrency'] },
  { file: 'project', pattern: ['notifications'] },
  { file: 'services', pattern: ['services', '*', 'workload'] },
  { file: 'environments', pattern: ['environments', '*', 'server', 'context'] },
  { file: 'environments', pattern: ['environments', '*', 'bySite'] },
  { file: 'environments', pattern: ['environments', '*', 'rollout', 'strategy'] },
  { file: 'environments', pattern: ['environments', '*', 'rollout', 'concurrency'] },
];

/** Targets that may be configured and not yet be rolled out to. */
export const TARGETS_NOT_BUILT_YET: readonly TargetKind[] = ['kubernetes', 'airgapped'];

/** True for a key of the table, given by its last part's dotted form: `rollout.strategy`. */
export function isKeyNotBuiltYet(file: ConfigFile, ending: string): boolean {
  return KEYS_NOT_BUILT_YET.some((key) => key.file === file && key.pattern.join('.').endsWith(ending));
}
