import type { Digest } from '../values/image-reference.ts';

/** Work that is done once per key; whoever asks later gets the same answer, a failure too. */
export type Once<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/**
 * What one run looks at once, however many of its builds need it: the tip of a branch, a base image. A look is as old
 * as the run at most.
 */
export interface Looks {
  readonly tips: Once<string>;
  /** Null where the image is not in its registry. */
  readonly baseDigests: Once<Digest | null>;
  readonly basePlatforms: Once<readonly string[] | null>;
  /** Of the run: the end of one build must not end what another one waits for. */
  readonly signal: AbortSignal;
  /** What only a build needs of the registry is read while the git server is asked, not after its answer. */
  readonly isBuildLikely: boolean;
}

export function createLooks(signal: AbortSignal, { isBuildLikely = false } = {}): Looks {
  return { tips: createOnce(), baseDigests: createOnce(), basePlatforms: createOnce(), signal, isBuildLikely };
}

export function createOnce<T>(): Once<T> {
  const answers = new Map<string, Promise<T>>();
  return async (key, work) => {
    const answer = answers.get(key) ?? work();
    answers.set(key, answer);
    return answer;
  };
}
