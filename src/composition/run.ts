import type { CommandName } from '../cli/invocation.ts';
import { parseCommandLine } from '../cli/program.ts';
import type { CommandOutcome } from '../commands/outcome.ts';
import { AbortReason, abortReasonOf } from '../errors/abort-reason.ts';
import { ERROR_CODES, type ExitCode } from '../errors/codes.ts';
import type { ErrorReport } from '../ports/result.ts';
import { errorReport } from '../pipeline/stage.ts';
import * as composing from './compose.ts';
import type { Composition, Ground } from './compose.ts';
import type { Desk } from './desk.ts';
import { listenToSignals } from './signals.ts';
import { readSurroundings, type Output, type Surroundings } from './surroundings.ts';
import { gateOf, type Gate } from './without-secrets.ts';

type Command = (desk: Desk) => Promise<CommandOutcome>;

/** Each command's code is loaded when it is asked for. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  build: async () => (await import('./job-commands.ts')).runBuildCommand,
  'build-all': async () => (await import('./all-commands.ts')).runBuildAllCommand,
  plan: async () => (await import('./all-commands.ts')).runPlanCommand,
  deploy: async () => (await import('./job-commands.ts')).runDeployCommand,
  rollback: async () => (await import('./job-commands.ts')).runRollbackCommand,
  promote: async () => (await import('./job-commands.ts')).runPromoteCommand,
  status: async () => (await import('./record-commands.ts')).runStatusCommand,
  history: async () => (await import('./record-commands.ts')).runHistoryCommand,
  'heal-stats': async () => (await import('./record-commands.ts')).runHealStatsCommand,
  logs: async () => (await import('./record-commands.ts')).runLogsCommand,
  'config check': async () => (await import('./record-commands.ts')).runConfigCheckCommand,
  'config show': async () => (await import('./record-commands.ts')).runConfigShowCommand,
  rbac: async () => (await import('./record-commands.ts')).runRbacCommand,
  gc: async () => (await import('./gc-command.ts')).runGcCommand,
  init: async () => (await import('./init-command.ts')).runInitCommand,
  doctor: async () => (await import('./doctor-command.ts')).runDoctorCommand,
};

async function runCommand(desk: Desk): Promise<CommandOutcome> {
  const { invocation } = desk;
  const command = await COMMANDS[invocation.command]();
  try {
    return await command(desk);
  } catch (error) {
    const [{ withCommandMeant }, { COMMAND_WORDS }] = await Promise.all([
      import('../cli/usage-error.ts'),
      import('../cli/invocation.ts'),
    ]);
    throw withCommandMeant(error, invocation, COMMAND_WORDS);
  }
}

/** Runs one command line and prints its result. Resolves to the exit code; never rejects. */
export async function run({ args, version }: { args: readonly string[]; version: string }): Promise<ExitCode> {
  let output = guessOutput(args);
  const signals = listenToSignals((line) => void process.stderr.write(`\n${line}\n`));
  let ground: Promise<Ground> | null = null;
  let composition: Promise<Composition> | null = null;
  // A reader that went away (`| head`), or a full disk under the log: no reason to end a build halfway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const parsed = await parseCommandLine(args, version);
    if (parsed.kind === 'text') {
      await write(parsed.text);
      return 0;
    }
    const { invocation } = parsed;
    const surroundings = surroundingsOf(invocation.flags);
    output = surroundings.output;
    const layGround = (): Promise<Ground> => (ground ??= composing.layGround(surroundings));
    const desk: Desk = {
      invocation,
      surroundings,
      program: bundleOf(process.argv[1]),
      signal: signals.signal,
      width: process.stdout.columns ?? 120,
      write,
      ground: layGround,
      compose: () => (composition ??= layGround().then((laid) => composing.compose(surroundings, laid))),
    };
    const outcome = await runCommand(desk);
    await print((await gateOf(ground)).outcome(outcome), output);
    return outcome.exitCode;
  } catch (error) {
    const gate = await gateOf(ground);
    return await fail(abortReasonOf(signals.signal) ?? error, { output, gate, isPlain: args.includes('--no-color') });
  } finally {
    await closeQuietly(composition);
    signals.stop();
  }
}

function surroundingsOf(flags: Parameters<typeof readSurroundings>[0]['flags']): Surroundings {
  const { env: environment } = process;
  return readSurroundings({ flags, environment, cwd: process.cwd(), isTerminal: process.stderr.isTTY });
}

/** Null where the source runs: its files change one by one. */
function bundleOf(entry: string | undefined): string | null {
  return entry === undefined || entry.endsWith('.ts') ? null : entry;
}

/** How to speak of a command line that could not be understood. */
function guessOutput(args: readonly string[]): Output {
  const given = args[args.indexOf('--output') + 1];
  const isJson = args.includes('--output=json') || (args.includes('--output') && given === 'json');
  return isJson || process.env['XGEN_OUTPUT'] === 'json' ? 'json' : 'text';
}

async function print(outcome: CommandOutcome, output: Output): Promise<void> {
  if (output === 'text') await write(outcome.text);
  else if (outcome.json !== undefined) await write(`${JSON.stringify(outcome.json, null, 2)}\n`);
}

interface Ending {
  readonly output: Output;
  readonly gate: Gate;
  readonly isPlain: boolean;
}

async function fail(error: unknown, { output, gate, isPlain }: Ending): Promise<ExitCode> {
  const report = gate.report(errorReport(error));
  const { errorBlock } = await import('../report/error-lines.ts');
  const { styleOf } = await import('../report/style.ts');
  const columns = process.stderr.isTTY ? process.stderr.columns : Number.POSITIVE_INFINITY;
  const { NO_COLOR = '', XGEN_NO_COLOR = '' } = process.env;
  const isColored = process.stderr.isTTY && !isPlain && NO_COLOR === '' && XGEN_NO_COLOR !== 'true';
  process.stderr.write(`${errorBlock(report, columns, styleOf(isColored)).join('\n')}\n`);
  if (output === 'json')
    await write(`${JSON.stringify({ schemaVersion: 1, status: statusOf(report), error: report }, null, 2)}\n`);
  if (error instanceof AbortReason && error.signal === 'SIGTERM') return 143;
  return ERROR_CODES[report.code].exit;
}

function statusOf(report: ErrorReport): 'failed' | 'canceled' {
  return report.code === 'CANCELED' ? 'canceled' : 'failed';
}

/** Resolves when standard output took it; a reader that went away is no error of ours. */
async function write(text: string): Promise<void> {
  if (text === '') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.write(text, () => resolve());
  await promise;
}

async function closeQuietly(composition: Promise<Composition> | null): Promise<void> {
  const opened = await composition?.catch(() => null);
  await opened?.close();
}
