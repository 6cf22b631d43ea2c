import { posix } from 'node:path';

/**
 * Patterns of `.dockerignore`, and BuildKit's include patterns, which follow the same rules (moby/patternmatcher):
 * `*` and `?` stop at a slash, `**` does not, what is below a match matches too, and the last pattern that matches wins.
 */
export interface PathPattern {
  /** As it was written. */
  readonly text: string;
  readonly isException: boolean;
  readonly expression: RegExp;
  /** One expression per path segment; null from the first `**` on, where any depth is possible. */
  readonly segments: readonly (RegExp | null)[];
}

/** Reads the lines of a `.dockerignore` file: comments, blanks and slashes at both ends go. */
export function readIgnoreFile(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => line.trim());
}

/** Compiles patterns; returns null in place of one that is not a pattern (`[a`). Blank ones are left out. */
export function compilePatterns(patterns: readonly string[]): (PathPattern | null)[] {
  return patterns.filter((text) => text.trim() !== '' && text.trim() !== '!').map((text) => compilePattern(text));
}

function compilePattern(text: string): PathPattern | null {
  const trimmed = text.trim();
  const isException = trimmed.startsWith('!');
  const written = isException ? trimmed.slice(1).trim() : trimmed;
  const cleaned = posix
    .normalize(written)
    .replace(/^\/+(?=.)/, '')
    .replace(/(?<=.)\/+$/, '');
  try {
    const parts = cleaned.split('/');
    const open = parts.findIndex((part) => part.includes('**'));
    const segments = parts.map((part, index) => (open >= 0 && index >= open ? null : new RegExp(source(part), 'u')));
    return { text, isException, expression: new RegExp(source(cleaned), 'u'), segments };
  } catch {
    return null;
  }
}

/** The pattern as a regular expression; inside `[…]` Go and JavaScript agree but for the escapes. */
function source(pattern: string): string {
  const token = /\*\*\/?|\*|\?|\\(?<escaped>.)|\[(?<not>\^)?(?<set>(?:\\.|[^\]\\])+)\]|(?<plain>[^])/gsu;
  const body = pattern.replace(token, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const isEnd = Number(rest.at(-3)) + match.length === pattern.length;
    if (match.startsWith('**')) return isEnd ? '.*' : '(?:.*/)?';
    if (match === '*') return '[^/]*';
    if (match === '?') return '[^/]';
    if (groups['set'] !== undefined) return `[${groups['not'] ?? ''}${escapeSet(groups['set'])}]`;
    const literal = groups['escaped'] ?? groups['plain'] ?? '';
    // A bracket that is never closed is no pattern, as in Go.
    if (match === '[') throw new SyntaxError('unclosed bracket');
    return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
  });
  return `^${body}$`;
}

function escapeSet(set: string): string {
  return set.replaceAll(/\\(.)/gsu, '$1').replaceAll(/[\\\][&~^|]/gu, String.raw`\$&`);
}

/** For each pattern, whether it matched a path or a folder above it. */
export type MatchState = readonly boolean[];

/** The state of a path, from the state of the folder that it is in. */
export function matchPath(patterns: readonly PathPattern[], parent: MatchState | null, path: string): MatchState {
  return patterns.map((pattern, index) => parent?.[index] === true || pattern.expression.test(path));
}

/** What the patterns say in the end: the last one that matched decides. */
export function isMatched(patterns: readonly PathPattern[], state: MatchState): boolean {
  const last = state.lastIndexOf(true);
  return last >= 0 && patterns[last]?.isException === false;
}

/** True where a pattern could match something below a folder, so that the folder must be looked into. */
export function couldMatchBelow(pattern: PathPattern, folder: string): boolean {
  const open = pattern.segments.indexOf(null);
  const names = folder.split('/').slice(0, open < 0 ? undefined : open);
  return (
    (open >= 0 || names.length < pattern.segments.length) &&
    names.every((name, index) => pattern.segments[index]?.test(name) === true)
  );
}

/** True where a path is ignored, asked for one path alone. Throws nothing: patterns that cannot be read are skipped. */
export function isIgnored(patterns: readonly PathPattern[], path: string): boolean {
  let state: MatchState | null = null;
  const parts = path.split('/');
  for (const index of parts.keys()) state = matchPath(patterns, state, parts.slice(0, index + 1).join('/'));
  return state !== null && isMatched(patterns, state);
}
