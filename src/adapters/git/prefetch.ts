import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceRef } from '../../ports/sources.ts';
import { fetchBranch, refOf } from './fetch.ts';
import { generationOf, mirrorOf } from './mirror.ts';
import { requireSource } from './source-url.ts';
import type { GitTools } from './tools.ts';

/** A checkout that comes later than this (its build waited for its turn) asks the server anew. */
const FRESH_MS = 2_000;

export interface Fetching {
  /** Resolves when the server is being asked, or where that failed. */
  readonly asked: Promise<void>;
  /** Rejects as `fetchBranch` does. */
  readonly tip: Promise<string>;
}

export interface Prefetches {
  /** Joins a fetch that is fresh. */
  begin(source: SourceRef, signal: AbortSignal): Fetching;
  /** True where the branch was brought before: then a fetch asks for what is new, and for nothing else. */
  hasCopy(source: SourceRef): Promise<boolean>;
  /** The tip that a fresh fetch brings, null where it failed; null at once where there is no such fetch. Given once. */
  take(source: SourceRef): Promise<string | null> | null;
}

/** Fetches that began before their checkout was asked for. */
export function createPrefetches(tools: GitTools): Prefetches {
  const begun = new Map<string, Fetching & { readonly beganAtMs: number }>();
  const keyOf = ({ url, branch, credentialId }: SourceRef): string => JSON.stringify([url, branch, credentialId]);
  const fresh = (source: SourceRef) => {
    const found = begun.get(keyOf(source));
    return found !== undefined && tools.clock.monotonicMs() - found.beganAtMs < FRESH_MS ? found : null;
  };
  return {
    begin(source, signal) {
      const known = fresh(source);
      if (known !== null) return known;
      requireSource(source);
      const started = Promise.withResolvers<void>();
      const mirror = mirrorOf(tools, source.url);
      const use = { source, mirror, owner: 'prefetch', signal, onProgress: () => {}, onStart: started.resolve };
      const tip = fetchBranch(tools, use);
      const asked = Promise.race([
        started.promise,
        tip.then(
          () => undefined,
          () => undefined,
        ),
      ]);
      const fetching = { asked, tip, beganAtMs: tools.clock.monotonicMs() };
      begun.set(keyOf(source), fetching);
      return fetching;
    },
    async hasCopy(source) {
      const mirror = mirrorOf(tools, source.url);
      if ((await generationOf(mirror)) === null) return false;
      return access(join(mirror.gitDir, refOf(source.branch))).then(
        () => true,
        () => false,
      );
    },
    take(source) {
      const found = fresh(source);
      begun.delete(keyOf(source));
      return found === null ? null : found.tip.catch(() => null);
    },
  };
}
