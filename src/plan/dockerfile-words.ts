/** Thrown where a `${…}` cannot be worked out; the caller knows the line. */
export class UnresolvedVariable extends Error {
  override readonly name = 'UnresolvedVariable';
}

export interface Expansion {
  readonly values: ReadonlyMap<string, string>;
  readonly escape: string;
}

/**
 * Replaces `$X`, `${X}`, `${X:-y}`, `${X-y}`, `${X:+y}`, `${X+y}`, `${X:?y}` and `${X?y}` and takes quotes away, as
 * BuildKit does in FROM and in flags. A variable that is not set is empty. Throws UnresolvedVariable for other forms and for
 * a `?` whose variable is missing.
 */
export function expandWord(word: string, expansion: Expansion): string {
  let result = '';
  let quote = '';
  for (let index = 0; index < word.length;) {
    const character = word.charAt(index);
    if (character === expansion.escape && quote !== "'") {
      result += word.charAt(index + 1);
      index += 2;
    } else if (character === quote || (quote === '' && (character === '"' || character === "'"))) {
      quote = character === quote ? '' : character;
      index += 1;
    } else if (character === '$' && quote !== "'") {
      const variable = readVariable(word, index);
      result += valueOf(variable.expression, expansion);
      index = variable.end;
    } else {
      result += character;
      index += 1;
    }
  }
  return result;
}

/** What stands between `${` and its `}`, or the name after a `$`. */
function readVariable(word: string, start: number): { readonly expression: string; readonly end: number } {
  if (word.charAt(start + 1) !== '{') {
    const name = /^\w+/.exec(word.slice(start + 1))?.[0] ?? '';
    return { expression: name, end: start + 1 + name.length };
  }
  let depth = 0;
  for (let index = start + 1; index < word.length; index += 1) {
    if (word.charAt(index) === '{') depth += 1;
    if (word.charAt(index) === '}') depth -= 1;
    if (depth === 0) return { expression: word.slice(start + 2, index), end: index + 1 };
  }
  throw new UnresolvedVariable(`"${word.slice(start)}" has no closing "}"`);
}

function valueOf(expression: string, expansion: Expansion): string {
  // A lone `$` stays one.
  if (expression === '') return '$';
  const match = /^(?<name>\w+)(?:(?<colon>:?)(?<operator>[-+?])(?<word>[\s\S]*))?$/.exec(expression);
  const { name = '', colon, operator, word = '' } = match?.groups ?? {};
  if (name === '') throw new UnresolvedVariable(`"\${${expression}}" is of a form that cannot be worked out here`);
  const value = expansion.values.get(name);
  const isThere = value !== undefined && !(colon === ':' && value === '');
  if (operator === '-') return isThere ? value : expandWord(word, expansion);
  if (operator === '+') return isThere ? expandWord(word, expansion) : '';
  if (operator === '?' && !isThere)
    throw new UnresolvedVariable(`"\${${expression}}" demands a build argument ${name}`);
  return value ?? '';
}

/** Names of the variables that a word asks for. */
export function variablesIn(word: string): readonly string[] {
  return [...word.matchAll(/\$\{?(?<name>\w+)/g)].map((match) => match.groups?.['name'] ?? '');
}

/** Splits at blanks outside quotes; quotes stay. */
export function splitWords(text: string): readonly string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+/g) ?? [];
}

export interface Flagged {
  /** `--from=x` is `from` to `x`; a flag without a value has an empty one. A flag may come more than once. */
  readonly flags: readonly (readonly [name: string, value: string])[];
  readonly words: readonly string[];
  /** What follows the flags, as it was written. */
  readonly rest: string;
}

/** Takes the flags from the beginning of an instruction. */
export function takeFlags(text: string): Flagged {
  const flags: (readonly [string, string])[] = [];
  let rest = text.trimStart();
  for (;;) {
    const flag = rest.startsWith('--') ? splitWords(rest)[0] : undefined;
    if (flag === undefined) return { flags, words: splitWords(rest), rest };
    const [, name = '', value = ''] = /^--([^=]+)=?([\s\S]*)$/.exec(flag) ?? [];
    flags.push([name, value]);
    rest = rest.slice(flag.length).trimStart();
  }
}

/** `ARG A=1 B="x y" C`: names to the words of their defaults; null without one. */
export function readAssignments(text: string): readonly (readonly [name: string, word: string | null])[] {
  return splitWords(text).map((word) => {
    const equals = word.indexOf('=');
    return equals < 0 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}
