import { hostname, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { UsageError } from '../errors/xgen-error.ts';
import type { Flags } from '../cli/options.ts';

/** Environment variables, as the process was given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const OUTPUTS = ['text', 'json'] as const;
export type Output = (typeof OUTPUTS)[number];
export const PROGRESS_MODES = ['auto', 'plain', 'tty', 'json', 'quiet'] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** What this run was told of its surroundings: folders, and how to speak. */
export interface Surroundings {
  readonly environment: Environment;
  readonly configDir: string;
  readonly stateDir: string;
  readonly cacheDir: string;
  /** Folder of the Docker client's configuration. */
  readonly dockerConfigDir: string;
  readonly output: Output;
  readonly progress: Exclude<ProgressMode, 'auto'>;
  readonly color: boolean;
  readonly verbose: boolean;
  /** `jiwon@ci-7` */
  readonly startedBy: string;
}

export interface SurroundingsInput {
  readonly flags: Flags;
  readonly environment: Environment;
  readonly cwd: string;
  readonly isTerminal: boolean;
}

/** Flags win over XGEN_ variables, those over defaults. Throws USAGE for a value that is not one of its choices. */
export function readSurroundings({ flags, environment, cwd, isTerminal }: SurroundingsInput): Surroundings {
  const home = absolute(environment['HOME']) ?? accountHome();
  const stateHome = absolute(environment['XDG_STATE_HOME']) ?? join(home, '.local/state');
  const cacheHome = absolute(environment['XDG_CACHE_HOME']) ?? join(home, '.cache');
  const folder = (flag: string, variable: string, other: string): string =>
    resolve(cwd, text(flags[flag]) ?? text(environment[variable]) ?? other);
  const progress = choice({ flags, environment }, { name: 'progress', choices: PROGRESS_MODES, other: 'auto' });
  const noColor =
    flags['color'] === false || text(environment['NO_COLOR']) !== null || environment['XGEN_NO_COLOR'] === 'true';
  const mode = progress === 'auto' ? (isTerminal && environment['TERM'] !== 'dumb' ? 'tty' : 'plain') : progress;
  return {
    environment,
    configDir: folder('config', 'XGEN_CONFIG_DIR', 'config'),
    stateDir: folder('state', 'XGEN_STATE_DIR', join(stateHome, 'xgen-build')),
    cacheDir: folder('', 'XGEN_CACHE_DIR', join(cacheHome, 'xgen-build')),
    dockerConfigDir: resolve(cwd, text(environment['DOCKER_CONFIG']) ?? join(home, '.docker')),
    output: choice({ flags, environment }, { name: 'output', choices: OUTPUTS, other: 'text' }),
    progress: mode,
    color: !noColor && (mode === 'tty' || text(environment['FORCE_COLOR']) !== null),
    verbose: flags['verbose'] === true || environment['XGEN_VERBOSE'] === 'true' || environment['XGEN_VERBOSE'] === '1',
    startedBy: startedBy(environment),
  };
}

/** A folder of the user's; one that is empty or relative is as good as none (XDG Base Directory Specification). */
function absolute(path: string | undefined): string | null {
  return path !== undefined && isAbsolute(path) ? path : null;
}

/** By the password file: `homedir` would believe an empty HOME. */
function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // An account without an entry in the password file. Where this cannot be written to, the error says what to set.
    return '/';
  }
}

function text(value: string | boolean | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function choice<T extends string>(
  { flags, environment }: Pick<SurroundingsInput, 'flags' | 'environment'>,
  { name, choices, other }: { name: string; choices: readonly T[]; other: T },
): T {
  const given = text(flags[name]) ?? text(environment[`XGEN_${name.toUpperCase()}`]) ?? other;
  const found = choices.find((candidate) => candidate === given);
  if (found !== undefined) return found;
  throw new UsageError({
    code: 'USAGE',
    message: `--${name} is "${given}", which is not one of ${choices.join(', ')}`,
    hint: `--${name} ${other}`,
  });
}

/** Who started it: the CI's own word where there is one, else the login name, at this machine. */
function startedBy(environment: Environment): string {
  const said = environment['XGEN_STARTED_BY'] ?? environment['GITLAB_USER_LOGIN'] ?? environment['BUILD_USER_ID'];
  const name = text(said) ?? text(environment['SUDO_USER']) ?? text(environment['USER']) ?? accountName();
  return `${name}@${hostname()}`.replaceAll(/[^\w.@+-]/g, '_');
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the password file, as containers with an arbitrary user id have.
    return 'unknown';
  }
}
