import type { Digest } from '../values/image-reference.ts';
import { parseNumberTag } from './build-plan.ts';

/** The newest numbered image of a service and site in the registry, as its labels tell. */
export interface PreviousBuild {
  readonly number: number;
  readonly digest: Digest;
  readonly commit: string | null;
  readonly fingerprint: string | null;
}

/** The highest number among tags of one architecture; null where there is none. */
export function newestNumber(tags: readonly string[], arch: string): number | null {
  const numbers = tags.flatMap((tag) => {
    const parsed = parseNumberTag(tag);
    return parsed !== null && parsed.arch === arch ? [parsed.number] : [];
  });
  return numbers.length === 0 ? null : Math.max(...numbers);
}

/** Why a build is made, in words: what is different from the build before it. */
export function reasonOf(build: {
  previous: PreviousBuild | null;
  commit: string;
  fingerprint: string | null;
  parameters: { readonly noCache: boolean; readonly rebuild: boolean };
}): string {
  const { previous, commit, fingerprint, parameters } = build;
  if (parameters.noCache) return 'asked for with --no-cache';
  if (parameters.rebuild) return 'asked for with --rebuild';
  if (previous === null) return 'no build of this service and site is in the registry';
  const before = `b${String(previous.number)}`;
  if (previous.commit === null) return `${before} does not say what it was built from`;
  if (previous.commit !== commit) return `source changed: ${previous.commit.slice(0, 7)} → ${commit.slice(0, 7)}`;
  if (fingerprint !== null && previous.fingerprint !== fingerprint) {
    return `the Dockerfile, a build argument or a base image changed since ${before}`;
  }
  return `same source as ${before}`;
}
