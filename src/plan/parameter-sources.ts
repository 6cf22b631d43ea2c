import { quote } from '../values/quote.ts';

/** What was typed, by long option name in camel case; `--no-cache` is `cache: false`. Absent where it was not typed. */
export type ParameterFlags = Readonly<Record<string, string | boolean | undefined>>;
/** Environment variables, as the process was given them. */
export type ParameterEnvironment = Readonly<Record<string, string | undefined>>;

export interface ParameterInput {
  readonly flags: ParameterFlags;
  readonly environment: ParameterEnvironment;
}

/** A value that was given, and by what: `--site`, `XGEN_SITE`, `SITE`. */
export interface Given {
  readonly from: string;
  readonly value: string | boolean;
}

/** Where one parameter may come from. */
export interface ParameterNames {
  /** Long option without dashes. */
  readonly option: string;
  /** Its name under Jenkins, without XGEN_; null where Jenkins has none. */
  readonly jenkins: string | null;
}

const TRUE = ['true', '1', 'yes'];
const FALSE = ['false', '0', 'no'];

/** Inside Jenkins `TAG` and `ARCH` are its parameters; elsewhere they mean other things. */
export function isJenkins({ flags, environment }: ParameterInput): boolean {
  const asked = flags['jenkinsEnv'] ?? readBoolean(environment['XGEN_JENKINS_ENV'] ?? '');
  return asked === true || Boolean(environment['JENKINS_URL']) || Boolean(environment['JOB_NAME']);
}

/** The first that was given: flag, XGEN_ variable, Jenkins' own name. A variable that is set to nothing was given. */
export function findGiven(input: ParameterInput, names: ParameterNames): Given | null {
  const flag = input.flags[camelCase(names.option)];
  if (flag !== undefined) return { from: `--${names.option}`, value: flag };
  const variable = `XGEN_${names.option.replaceAll('-', '_').toUpperCase()}`;
  return fromVariable(input, variable) ?? (isJenkins(input) ? fromVariable(input, names.jenkins) : null);
}

export function fromVariable({ environment }: ParameterInput, variable: string | null): Given | null {
  const value = variable === null ? undefined : environment[variable];
  return variable === null || value === undefined ? null : { from: variable, value };
}

/** Null for text that is neither. */
export function readBoolean(value: string | boolean): boolean | null {
  if (typeof value === 'boolean') return value;
  const text = value.toLowerCase();
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : null;
}

/** `XGEN_ARCH is "x86", which is not one of amd64, arm64` */
export function notOneOf({ from, value }: Given, choices: readonly string[]): string {
  const shown = value === '' ? 'empty' : quote(String(value));
  return `${from} is ${shown}, which is not one of ${choices.join(', ')}`;
}

function camelCase(option: string): string {
  return option.replaceAll(/-(?<letter>[a-z])/g, (_, letter: string) => letter.toUpperCase());
}
