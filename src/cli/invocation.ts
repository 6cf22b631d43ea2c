import type { Flags } from './options.ts';

/** A command line, understood: which command, on what, with which flags. */
export interface Invocation {
  readonly command: CommandName;
  /** Arguments by position; absent ones are null. */
  readonly args: readonly (string | null)[];
  readonly flags: Flags;
}

export const COMMAND_NAMES = [
  'build',
  'build-all',
  'plan',
  'deploy',
  'rollback',
  'promote',
  'status',
  'history',
  'heal-stats',
  'logs',
  'config check',
  'config show',
  'doctor',
  'gc',
  'rbac',
  'init',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** The words that a command begins with. */
export const COMMAND_WORDS: readonly string[] = [
  ...new Set(COMMAND_NAMES.map((name) => name.split(' ')[0] ?? name)),
].filter((word) => word !== 'build');
