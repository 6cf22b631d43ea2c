import type { ErrorCode } from '../errors/codes.ts';
import { UsageError } from '../errors/xgen-error.ts';
import { describeNameProblem, ENVIRONMENT_NAME, type NameRule } from '../values/names.ts';
import { quote } from '../values/quote.ts';
import { closest } from '../values/suggest.ts';
import { notOneOf, readBoolean, type Given } from './parameter-sources.ts';

/** `--env both` */
export const BOTH = ['dev', 'prd'] as const;
/** Immutable tags are read with at most nine digits. */
const HIGHEST_NUMBER = 999_999_999;

/** One thing that is wrong with the parameters; all of them are said at once. */
export interface Problem {
  readonly code: Extract<ErrorCode, 'USAGE' | 'NAME_REFUSED'>;
  readonly message: string;
  readonly hint: string | null;
}

export function readName(
  given: Given | null,
  { rule, other }: { rule: NameRule; other: string },
  problems: Problem[],
): string {
  return given === null ? other : checkName(given, rule, problems);
}

export function checkName({ from, value }: Given, rule: NameRule, problems: Problem[]): string {
  const text = String(value);
  const message = describeNameProblem(rule, text);
  if (message !== null) {
    problems.push({ code: 'NAME_REFUSED', message: `${from}: ${message}`, hint: `allowed are ${rule.allows}` });
  }
  return text;
}

/** `both` is dev then prd; a list keeps its order. */
export function readEnvironments(given: Given | null, problems: Problem[]): readonly string[] {
  if (given === null) return ['dev'];
  if (given.value === 'both') return BOTH;
  const names = String(given.value)
    .split(',')
    .map((name) => name.trim());
  for (const [index, name] of names.entries()) {
    if (name !== '' && names.indexOf(name) !== index) {
      problems.push({ code: 'USAGE', message: `${given.from} names ${quote(name)} twice`, hint: 'name each once' });
    } else checkName({ from: given.from, value: name }, ENVIRONMENT_NAME, problems);
  }
  return names;
}

export function readChoice<T extends string>(
  given: Given | null,
  { choices, other }: { choices: readonly T[]; other: T },
  problems: Problem[],
): T {
  if (given === null) return other;
  const found = choices.find((choice) => choice === given.value);
  if (found !== undefined) return found;
  const near = closest(String(given.value), choices);
  problems.push({
    code: 'USAGE',
    message: notOneOf(given, choices),
    hint: near === null ? null : `did you mean ${near}?`,
  });
  return other;
}

export function readFlag(given: Given | null, other: boolean, problems: Problem[]): boolean {
  if (given === null) return other;
  const value = readBoolean(given.value);
  if (value === null) problems.push({ code: 'USAGE', message: notOneOf(given, ['true', 'false']), hint: null });
  return value ?? other;
}

export function readNumber(given: Given | null, problems: Problem[]): number | null {
  if (given === null) return null;
  const text = String(given.value);
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
  if (number === null) {
    const shown = text === '' ? 'empty' : quote(text);
    const message = `${given.from} is ${shown}, which is not a whole number from 1 to ${HIGHEST_NUMBER}`;
    problems.push({ code: 'USAGE', message, hint: '--number 42 is the build b42' });
  }
  return number;
}

export function throwProblems(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const code = problems.some((problem) => problem.code === 'NAME_REFUSED') ? 'NAME_REFUSED' : 'USAGE';
  if (problems.length === 1) throw new UsageError({ code, message: first.message, hint: first.hint });
  throw new UsageError({
    code,
    message: `${problems.length} parameters are wrong`,
    hint: 'xgen-build --help lists the options and their choices',
    evidence: problems.map(({ message, hint }) => (hint === null ? message : `${message} (${hint})`)),
  });
}
