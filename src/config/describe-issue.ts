import type { z } from 'zod';
import { quote } from '../values/quote.ts';
import { closest, didYouMean } from '../values/suggest.ts';
import type { Fault } from './fault.ts';
import { keysAt } from './schema-keys.ts';
import { locate, type YamlPath, type YamlTree } from './yaml-tree.ts';

type Issue = z.core.$ZodIssue;

export interface Checked {
  readonly schema: z.ZodType;
  readonly tree: YamlTree;
  readonly data: unknown;
}

/** One validation issue as the faults it stands for: each with its own place, and what was expected there. */
export function describeIssue(issue: Issue, checked: Checked): Fault[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], checked));
  if (issue.code === 'invalid_key') {
    return [at({ path, tree: checked.tree, place: 'key' }, issue.issues[0]?.message ?? 'this key is not allowed')];
  }
  const given = valueAt(checked.data, path);
  const place = given === undefined || given === null ? 'key' : 'value';
  const fault = at({ path, tree: checked.tree, place }, messageOf(issue, given));
  return [given === undefined ? { ...fault, isMissing: true } : fault];
}

function unknownKey(path: YamlPath, { schema, tree }: Checked): Fault {
  const key = String(path.at(-1));
  const known = keysAt(schema, path.slice(0, -1));
  const meant = closest(key, known);
  if (meant === null) return at({ path, tree, place: 'key' }, `unknown key; known here: ${known.join(', ')}`);
  const fault = at({ path, tree, place: 'key' }, `unknown key${didYouMean(key, known)}`);
  return { ...fault, meant: [...path.slice(0, -1), meant] };
}

function at({ path, tree, place }: { path: YamlPath; tree: YamlTree; place: 'key' | 'value' }, message: string): Fault {
  const { keyOffset, valueOffset } = locate(tree, path);
  return { path, offset: place === 'key' ? keyOffset : valueOffset, message };
}

function messageOf(issue: Issue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(expectationOf(issue), given);
    case 'invalid_value':
      return notOneOf(issue.values.map(String), given);
    default:
      return typeof given === 'undefined' ? `missing; ${issue.message}` : issue.message;
  }
}

/** Some fields say themselves what they expect: a number its bounds, a duration its form. */
function expectationOf(issue: Issue & { expected: string }): string {
  const own = /^expected (?<what>.+)$/.exec(issue.message)?.groups?.['what'];
  return own ?? EXPECTED[issue.expected] ?? issue.expected;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

/** Never quotes a value: what has the wrong type may still be a secret in the wrong place. */
function wrongType(expected: string, given: unknown): string {
  if (given === undefined) return `missing; expected ${expected}`;
  if (given === null) return `empty; expected ${expected}`;
  const quotes = expected === 'text' && typeof given !== 'object' ? '; put it in quotes' : '';
  return `expected ${expected}, found ${kindOf(given)}${quotes}`;
}

function kindOf(given: unknown): string {
  if (Array.isArray(given)) return 'a list';
  if (typeof given === 'object') return 'a mapping';
  if (typeof given === 'string') return 'text';
  return typeof given === 'number' ? 'a number' : 'true or false';
}

function notOneOf(values: readonly string[], given: unknown): string {
  const choices = `one of ${values.join(', ')}`;
  if (typeof given !== 'string') return wrongType(choices, given);
  return `${quote(given)} is not ${choices}${didYouMean(given, values)}`;
}

function valueAt(data: unknown, path: YamlPath): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
