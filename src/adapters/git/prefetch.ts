import type { SourceRef } from '../../ports/sources.ts';
import { fetchBranch } from './fetch.ts';
import { mirrorOf } from './mirror.ts';
import { requireSource } from './source-url.ts';
import type { GitTools } from './tools.ts';

/** A checkout that comes later than this (its build waited for its turn) asks the server anew. */
const FRESH_MS = 2_000;

export interface Prefetches {
  /** Resolves when the server is being asked, or where that failed. */
  begin(source: SourceRef, signal: AbortSignal): Promise<void>;
  /** The tip that a fresh fetch brings, null where it failed; null at once where there is no such fetch. Given once. */
  take(source: SourceRef): Promise<string | null> | null;
}

/** Fetches that began before their checkout was asked for. */
export function createPrefetches(tools: GitTools): Prefetches {
  const begun = new Map<string, { readonly beganAtMs: number; readonly tip: Promise<string | null> }>();
  const keyOf = ({ url, branch, credentialId }: SourceRef): string => JSON.stringify([url, branch, credentialId]);
  return {
    async begin(source, signal) {
      requireSource(source);
      const mirror = mirrorOf(tools, source.url);
      const started = Promise.withResolvers<void>();
      const use = { source, mirror, owner: 'prefetch', signal, onProgress: () => {}, onStart: started.resolve };
      const tip = fetchBranch(tools, use).catch(() => null);
      begun.set(keyOf(source), { beganAtMs: tools.clock.monotonicMs(), tip });
      await Promise.race([started.promise, tip]);
    },
    take(source) {
      const found = begun.get(keyOf(source));
      begun.delete(keyOf(source));
      const isFresh = found !== undefined && tools.clock.monotonicMs() - found.beganAtMs < FRESH_MS;
      return isFresh ? found.tip : null;
    },
  };
}
