import type { Command } from 'commander';

/** What was typed, by long option name; absent where it was not typed. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

interface OptionSpec {
  readonly flags: string;
  readonly text: string;
}

/** Options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { flags: '--config <dir>', text: 'folder of the three YAML files (./config)' },
  { flags: '--state <dir>', text: 'folder of the state and the logs' },
  { flags: '--output <format>', text: 'result on standard output: text or json (text)' },
  { flags: '--progress <mode>', text: 'auto, plain, tty, json or quiet (auto)' },
  { flags: '--verbose', text: 'show all output and what happens inside' },
  { flags: '--no-color', text: 'no colours' },
  { flags: '--jenkins-env', text: 'take SITE, TARGET_ENV, TAG, … as Jenkins sets them' },
];

export const SITE_OPTION: OptionSpec = { flags: '--site <name>', text: 'the customer, and so the branch (main)' };
export const ENV_OPTION: OptionSpec = { flags: '--env <list>', text: 'dev, prd, both, or a list in order (dev)' };
const TAG_OPTIONS: readonly OptionSpec[] = [
  { flags: '--tag <tag>', text: 'the moving tag (latest)' },
  { flags: '--arch <arch>', text: 'amd64 or arm64 (amd64)' },
  { flags: '--registry <name>', text: 'nexus or local (nexus)' },
];

/** Where an image is and where it runs. */
export const TARGET_OPTIONS: readonly OptionSpec[] = [SITE_OPTION, ENV_OPTION, ...TAG_OPTIONS];

export const SWITCH_SITE_OPTION: OptionSpec = {
  flags: '--switch-site',
  text: 'replace what runs there for another or an unknown site',
};

/** Options of the main job. */
export const BUILD_OPTIONS: readonly OptionSpec[] = [
  ...TARGET_OPTIONS,
  { flags: '--deploy', text: 'roll out what was built (the default)' },
  { flags: '--no-deploy', text: 'build and push only' },
  { flags: '--no-cache', text: 'build every step anew; other builds keep their cache' },
  { flags: '--rebuild', text: 'build although nothing changed' },
  { flags: '--number <n>', text: 'use this build number instead of the next one' },
  SWITCH_SITE_OPTION,
];

/** Which of all services. */
export const SELECTION_OPTIONS: readonly OptionSpec[] = [
  { flags: '--only <names>', text: 'these services alone: a,b or xgen-*' },
  { flags: '--except <names>', text: 'all but these services' },
];

/** Options of gc. */
export const GC_OPTIONS: readonly OptionSpec[] = [
  { flags: '--dry-run', text: 'only say what would be removed' },
  { flags: '--site <name>', text: 'of this site alone (all)' },
  { flags: '--registry <name>', text: 'nexus or local (nexus)' },
  ...SELECTION_OPTIONS,
];

/** Options of build-all: a number belongs to one build. */
export const ALL_OPTIONS: readonly OptionSpec[] = [
  ...BUILD_OPTIONS.filter(({ flags }) => !flags.startsWith('--number')),
  ...SELECTION_OPTIONS,
  { flags: '--concurrency <n>', text: 'builds side by side (build.concurrency)' },
  { flags: '--fail-fast', text: 'the first failure ends the others' },
];

export const RBAC_OPTIONS: readonly OptionSpec[] = [
  SITE_OPTION,
  { flags: '--env <list>', text: 'these environments (all that are clusters)' },
  { flags: '--cluster', text: 'a ClusterRole for every namespace instead of a Role in each' },
  { flags: '--all', text: 'with the rights that can be done without' },
];

export function addOptions(command: Command, options: readonly OptionSpec[]): Command {
  for (const { flags, text } of options) command.option(flags, text);
  return command;
}

/** Only what was really typed: a default of the parser is nothing that anybody said. */
export function typedFlags(command: Command): Flags {
  const flags: Record<string, string | boolean | undefined> = {};
  for (const [name, value] of Object.entries(command.optsWithGlobals())) {
    if (command.getOptionValueSourceWithGlobals(name) !== 'cli') continue;
    if (typeof value === 'string' || typeof value === 'boolean') flags[name] = value;
  }
  return flags;
}
