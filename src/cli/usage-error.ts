import { UsageError } from '../errors/xgen-error.ts';
import { closest } from '../values/suggest.ts';
import type { CommandName, Invocation } from './invocation.ts';

/** What the parser said of a command line, as an error that says what to type. `args` is what was typed. */
export function usageError(said: string, args: readonly string[]): UsageError {
  const text = said.trim().replace(/^error: /, '');
  if (text.startsWith('Usage:')) {
    const hint = 'xgen-build config check, or xgen-build config show';
    return new UsageError({ code: 'USAGE', message: `"${args.join(' ')}" is not a whole command`, hint });
  }
  const [first = '', ...rest] = text.split('\n');
  const missing = /^option '(?<flags>.*) <(?<value>[^>]*)>' argument missing$/.exec(first)?.groups;
  if (missing !== undefined) {
    const { flags = '', value = '' } = missing;
    return new UsageError({
      code: 'USAGE',
      message: `${flags} needs a value`,
      hint: `${flags} ${value.toUpperCase()}`,
    });
  }
  const suggestion = /Did you mean (?<words>.*)\?/.exec(rest.join(' '))?.groups?.['words'];
  const hint = suggestion === undefined ? helpHint(args) : `did you mean ${suggestion}?`;
  return new UsageError({ code: 'USAGE', message: first.replaceAll("'", '"'), hint });
}

/** More arguments than a command takes: most often a site or an environment without its option. */
export function tooManyArguments(name: CommandName, extra: readonly string[]): UsageError {
  const hints: Partial<Record<CommandName, string>> = {
    'build-all': '--only a,b names the services; the site is named by --site NAME',
    gc: '--only a,b names the services; --site NAME a site',
    'config check': '--config DIR names the folder of the three files',
    doctor: '--site NAME looks at one site alone',
    rbac: '--env LIST names the environments',
    logs: 'xgen-build logs SERVICE bN --site NAME',
  };
  return new UsageError({
    code: 'USAGE',
    message: `too many arguments: ${extra.join(' ')}`,
    hint: hints[name] ?? 'one service at a time; the site is named by --site NAME, environments by --env LIST',
  });
}

/** An unknown service that looks like a command was meant as one: `statsu`. Anything else comes back as it is. */
export function withCommandMeant(error: unknown, { command, args }: Invocation, commands: readonly string[]): unknown {
  if (!(error instanceof UsageError) || error.code !== 'UNKNOWN_SERVICE' || command !== 'build') return error;
  const meant = closest(args[0] ?? '', commands);
  if (meant === null) return error;
  const { code, message, facts, evidence } = error;
  const hint = [`did you mean the command ${meant}?`, error.hint].filter((each) => each !== null).join(' ');
  return new UsageError({ code, message: `${message}, nor a command`, hint, facts, evidence, cause: error });
}

function helpHint([first = '', second = '']: readonly string[]): string {
  const words = first === 'config' && /^[a-z]/.test(second) ? `config ${second} ` : `${first} `;
  return /^(?:build-all|plan|deploy|rollback|promote|status|history|logs|config|doctor|rbac|gc) /.test(words)
    ? `xgen-build ${words}--help lists its options`
    : 'xgen-build --help lists commands and options';
}
