import { OverlayError } from '../errors/xgen-error.ts';
import type { CopiedFile } from '../plan/dockerfile.ts';
import { compilePatterns, isIgnored } from '../values/ignore-patterns.ts';
import { quote } from '../values/quote.ts';

/** Which line of a `.dockerignore` keeps a file out of the context. */
export interface Hidden {
  readonly pattern: string;
  /** From 1. */
  readonly line: number;
}

/**
 * The pattern that hides a file, by docker's own rules: the last pattern that matches decides, and one beginning with `!`
 * lets the file in again. Null where the file is sent.
 */
export function hidingPattern(ignoreText: string, path: string): Hidden | null {
  let hidden: Hidden | null = null;
  for (const [index, line] of ignoreText
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const pattern = line.trim();
    if (pattern === '' || line.startsWith('#')) continue;
    const isException = pattern.startsWith('!');
    if (isException ? hidden === null : hidden !== null) continue;
    const positive = isException ? pattern.slice(1).trim() : pattern;
    if (!matches(positive, path)) continue;
    hidden = isException ? null : { pattern, line: index + 1 };
  }
  return hidden;
}

/** False also for a pattern that is none: BuildKit says so itself. */
function matches(pattern: string, path: string): boolean {
  const compiled = compilePatterns([pattern]).filter((one) => one !== null);
  return isIgnored(compiled, path);
}

/** Throws ENTRYPOINT_IGNORED for the first of the files that the `.dockerignore` hides from the Dockerfile. */
export function refuseHiddenFiles(check: {
  readonly ignoreText: string;
  /** Whose `.dockerignore` it is: `dockerfiles/xgen-python/.dockerignore`. */
  readonly ignoreFile: string;
  readonly dockerfile: string;
  readonly files: readonly CopiedFile[];
}): void {
  for (const { path, line } of check.files) {
    const hidden = hidingPattern(check.ignoreText, path);
    if (hidden === null) continue;
    throw new OverlayError({
      code: 'ENTRYPOINT_IGNORED',
      message: `${check.ignoreFile}, line ${hidden.line}: ${quote(hidden.pattern)} hides ${quote(path)}, which ${check.dockerfile} copies in line ${line}`,
      hint: `add a last line to ${check.ignoreFile}: !${path}`,
      facts: { path, pattern: hidden.pattern, line: hidden.line },
    });
  }
}
