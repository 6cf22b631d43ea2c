import { BuildError } from '../../errors/xgen-error.ts';
import {
  compilePatterns,
  couldMatchBelow,
  isMatched,
  matchPath,
  type MatchState,
  type PathPattern,
} from '../../values/ignore-patterns.ts';

/** What the builder wants of a folder. Empty `includes`: everything that is not excluded. */
export interface PathRules {
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
}

/** What was decided for a folder, handed on to what is in it. */
export interface PathState {
  readonly included: MatchState;
  readonly excluded: MatchState;
}

export interface PathVerdict {
  /** Send it. */
  readonly send: boolean;
  /** Look into it, if it is a folder. */
  readonly enter: boolean;
  readonly state: PathState;
}

export type PathFilter = (path: string, parent: PathState | null) => PathVerdict;

/** Decides by the builder's patterns what is sent. Throws DOCKERFILE_INVALID for a pattern that cannot be read. */
export function createPathFilter(rules: PathRules): PathFilter {
  const includes = compile(rules.includes);
  const excludes = compile(rules.excludes);
  const exceptions = excludes.filter((pattern) => pattern.isException);
  return (path, parent) => {
    const state: PathState = {
      included: matchPath(includes, parent?.included ?? null, path),
      excluded: matchPath(excludes, parent?.excluded ?? null, path),
    };
    const wanted = includes.length === 0 || isMatched(includes, state.included);
    const hidden = isMatched(excludes, state.excluded);
    return {
      send: wanted && !hidden,
      enter:
        (wanted || includes.some((pattern) => couldMatchBelow(pattern, path))) &&
        (!hidden || exceptions.some((pattern) => couldMatchBelow(pattern, path))),
      state,
    };
  };
}

function compile(patterns: readonly string[]): PathPattern[] {
  return compilePatterns(patterns).map((pattern, index) => {
    if (pattern !== null) return pattern;
    throw new BuildError({
      code: 'DOCKERFILE_INVALID',
      message: `a pattern of .dockerignore cannot be read: ${patterns[index] ?? ''}`,
      hint: 'close the bracket, or write a backslash before it',
    });
  });
}
