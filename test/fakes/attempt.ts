import type { AttemptResult } from '../../src/ports/result.ts';

/** A failed try, as one that was healed. */
export function attempt(change: Partial<AttemptResult> = {}): AttemptResult {
  return {
    stage: 'build',
    rule: 'layer-missing',
    outcome: 'cache-damage',
    evidence: 'failed to get layer sha256:1f3c: layer does not exist',
    remedy: 'prune-and-rebuild',
    at: 'ci-7',
    durationMs: 48_100,
    ...change,
  };
}
