import { Command, CommanderError } from 'commander';
import { UsageError } from '../errors/xgen-error.ts';
import { MACHINE_COMMANDS, type CommandSpec } from './machine-commands.ts';
import * as options from './options.ts';
import type { CommandName, Invocation } from './invocation.ts';
import { RECORD_COMMANDS } from './record-commands.ts';
import { tooManyArguments, usageError } from './usage-error.ts';

/** Commands of later versions: known by name, so that they are not taken for a service. */
const NOT_BUILT_YET = ['ci', 'serve', 'worker', 'images'];

export type Parsed =
  | { readonly kind: 'invocation'; readonly invocation: Invocation }
  /** Help or version: text for standard output. */
  | { readonly kind: 'text'; readonly text: string };

/** Reads a command line. Throws a UsageError with a hint. */
export async function parseCommandLine(args: readonly string[], version: string): Promise<Parsed> {
  const state: { invocation: Invocation | null; out: string; err: string } = { invocation: null, out: '', err: '' };
  const program = buildProgram(version, {
    words: new Set(args),
    accept: (invocation) => {
      state.invocation = invocation;
    },
  });
  silence(program, state);
  refuseUnbuilt(args);
  try {
    await program.parseAsync(withoutHelpCommand(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: state.out };
    throw usageError(state.err || error.message, args);
  }
  if (state.invocation === null) return { kind: 'text', text: program.helpInformation() };
  return { kind: 'invocation', invocation: state.invocation };
}

/** `help deploy` as `deploy --help`: a service could not be told from it otherwise. */
function withoutHelpCommand(args: readonly string[]): string[] {
  return args[0] === 'help' ? [...args.slice(1), '--help'] : [...args];
}

function refuseUnbuilt(args: readonly string[]): void {
  const [first] = args;
  if (first === undefined || !NOT_BUILT_YET.includes(first)) return;
  throw new UsageError({
    code: 'NOT_BUILT_YET',
    message: `the command "${first}" does not exist in this version`,
    hint: 'xgen-build --help lists what does',
  });
}

function silence(program: Command, state: { out: string; err: string }): void {
  for (const command of [program, ...program.commands, ...program.commands.flatMap((child) => child.commands)]) {
    command.exitOverride();
    command.allowExcessArguments();
    command.helpOption('-h, --help', 'show this help');
    command.configureOutput({
      writeOut: (text) => {
        state.out += text;
      },
      writeErr: (text) => {
        state.err += text;
      },
    });
  }
}

interface Typed {
  /** Everything that was typed: a command that is not among it needs no options (200 of them take 5 ms). */
  readonly words: ReadonlySet<string>;
  readonly accept: (invocation: Invocation) => void;
}

function buildProgram(version: string, typed: Typed): Command {
  const program = new Command('xgen-build');
  program
    .description("Builds a service from a site's branch, pushes it, rolls it out, and ends when that is what runs.")
    .version(version, '-V, --version', 'show the version')
    .argument('[service]', 'the main job: build, push and roll out this service')
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .addHelpText('after', EXAMPLES);
  options.addOptions(program, options.BUILD_OPTIONS);
  options.addOptions(program, options.COMMON_OPTIONS);
  program.action(action('build', typed));
  addTargetCommands(program, typed);
  addRecordCommands(program, typed);
  addConfigCommands(program, typed);
  return program;
}

const EXAMPLES = `
Examples:
  xgen-build xgen-core --site lotteimall --env both
      build, push, roll out to dev, then to prd
  xgen-build build-all --site lotteimall
      every service, several at a time; what fails stops no other
  xgen-build plan xgen-core --site lotteimall --env both
      what that would do, and why
  xgen-build rollback xgen-core --site lotteimall --env prd
      bring back what ran well in prd before
  xgen-build init ../my-service
      begin: write the three files and a Dockerfile for that service
  xgen-build doctor
      what is missing on this machine
`;

function action(name: CommandName, { accept }: Typed) {
  return (...given: unknown[]): void => {
    const command = given.at(-1);
    if (!(command instanceof Command)) throw new TypeError('commander hands over the command last');
    const args = given.slice(0, -2).map((value) => (typeof value === 'string' ? value : null));
    if (command.args.length > args.length) {
      throw tooManyArguments(name, command.args.slice(args.length));
    }
    accept({ command: name, args, flags: options.typedFlags(command) });
  };
}

function addCommand(parent: Command, spec: CommandSpec, typed: Typed): void {
  const command = parent.command(spec.syntax).description(spec.text);
  if (!typed.words.has(command.name())) return;
  options.addOptions(command, spec.options);
  options.addOptions(command, options.COMMON_OPTIONS);
  command.action(action(spec.name, typed));
}

const TO = { flags: '--to <bN>', text: 'this build (b42)' };

function addTargetCommands(program: Command, typed: Typed): void {
  const specs: readonly CommandSpec[] = [
    {
      name: 'build-all',
      syntax: 'build-all',
      text: 'every service: build, push, roll out',
      options: options.ALL_OPTIONS,
    },
    {
      name: 'plan',
      syntax: 'plan [service]',
      text: 'what would happen and why; writes nothing',
      options: [...options.BUILD_OPTIONS, { flags: '--all', text: 'of every service' }, ...options.SELECTION_OPTIONS],
    },
    {
      name: 'deploy',
      syntax: 'deploy [service]',
      text: 'roll out an image that exists, or restart what runs',
      options: [
        ...options.TARGET_OPTIONS,
        TO,
        { flags: '--restart', text: 'restart what runs, with the same image' },
        options.SWITCH_SITE_OPTION,
      ],
    },
    {
      name: 'rollback',
      syntax: 'rollback [service]',
      text: 'bring back the last image that ran well, or --to bN',
      options: [
        ...options.TARGET_OPTIONS,
        TO,
        { flags: '--retag', text: 'move the moving tag back, after naming who follows it' },
        options.SWITCH_SITE_OPTION,
      ],
    },
    {
      name: 'promote',
      syntax: 'promote [service]',
      text: 'roll out to one environment what was proven in another',
      options: [
        ...options.TARGET_OPTIONS.filter((option) => option !== options.ENV_OPTION),
        { flags: '--from <env>', text: 'where it was proven (dev)' },
        { flags: '--to <env>', text: 'where it is to run (prd)' },
        options.SWITCH_SITE_OPTION,
      ],
    },
    { name: 'status', syntax: 'status [service]', text: 'what runs where', options: options.TARGET_OPTIONS },
  ];
  for (const spec of specs) addCommand(program, spec, typed);
}

function addRecordCommands(program: Command, typed: Typed): void {
  for (const spec of RECORD_COMMANDS) addCommand(program, spec, typed);
}

function addConfigCommands(program: Command, typed: Typed): void {
  const config = program.command('config').description('check or show the three YAML files').helpCommand(false);
  addCommand(
    config,
    { name: 'config check', syntax: 'check', text: 'every fault, with its place', options: [] },
    typed,
  );
  const show = {
    name: 'config show',
    syntax: 'show [service]',
    text: 'what they come to, without secrets',
    options: [options.SITE_OPTION],
  } as const;
  addCommand(config, show, typed);
  for (const spec of MACHINE_COMMANDS) addCommand(program, spec, typed);
}
