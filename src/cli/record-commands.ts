import type { CommandSpec } from './machine-commands.ts';
import * as options from './options.ts';

/** Commands about what was built: they read the state, or remove what is old. */
export const RECORD_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'history',
    syntax: 'history [service]',
    text: 'what was built, by whom, from what',
    options: [options.SITE_OPTION, { flags: '--limit <n>', text: 'how many, newest first (20)' }],
  },
  {
    name: 'heal-stats',
    syntax: 'heal-stats [service]',
    text: 'which failures were met, where, and which were healed',
    options: [options.SITE_OPTION, { flags: '--limit <n>', text: 'over the newest so many builds (1000)' }],
  },
  {
    name: 'logs',
    syntax: 'logs [service] [bN]',
    text: 'the log of a build; without a number, of the newest',
    options: [options.SITE_OPTION, { flags: '--follow', text: 'as it grows, until the build ends' }],
  },
  {
    name: 'gc',
    syntax: 'gc',
    text: 'remove old images, records and copies; spares what runs',
    options: options.GC_OPTIONS,
  },
];
