import type { Diagnosis, FailureClass, StepName } from '../errors/diagnosis.ts';

/** A try that failed, and what was done about it. */
export interface PastTry {
  readonly diagnosis: Diagnosis;
  readonly step: StepName;
}

export type NextStep =
  | { readonly kind: 'again'; readonly step: StepName; readonly waitMs: number }
  /** `advice`: what only a person can do; null where the error's own hint says it. */
  | { readonly kind: 'give-up'; readonly advice: string | null };

export interface Situation {
  /** Every try of this build that failed before, oldest first. */
  readonly past: readonly PastTry[];
  readonly failure: Diagnosis;
  /** Milliseconds since the first failure of the build, and since the first by the same rule. */
  readonly elapsedMs: number;
  readonly troubleMs: number;
  /** From 0 to below 1: spreads waits, so that builds that failed together do not come back together. */
  readonly random: number;
}

export const LIMITS = {
  /** Failed tries of one build, whatever the reasons. */
  tries: 10,
  /** From the first failure; after it no new try begins. */
  elapsedMs: 2 * 60 * 60_000,
  /** Tries against one kind of passing trouble, the first included. */
  transientTries: 5,
  /** From the first failure by the rule; an engine or registry may have tried for a minute itself each time. */
  transientMs: 3 * 60_000,
  firstWaitMs: 1_000,
  longestWaitMs: 30_000,
  /** A registry that wants a longer pause is not waited for. */
  retryAfterMs: 5 * 60_000,
} as const;

const RESTART = 'only a restart of the engine is left: sudo systemctl restart docker, then run the command again';

/** The step after a failure: the weakest that was not tried yet. Pure. */
export function nextStep(situation: Situation): NextStep {
  const { past, failure, elapsedMs } = situation;
  if (past.length >= LIMITS.tries - 1 || elapsedMs >= LIMITS.elapsedMs) return giveUp(null);
  return BY_CLASS[failure.class](situation);
}

const BY_CLASS: Readonly<Record<FailureClass, (situation: Situation) => NextStep>> = {
  permanent: afterRefusal,
  transient: afterTrouble,
  damage: afterDamage,
  'disk-full': ({ past }) => oneOf(['free-space-and-rebuild'], triesOf(past, 'disk-full'), null),
  memory: ({ past }) => oneOf(['rebuild-alone'], triesOf(past, 'memory'), null),
};

/** A login that worked a moment before is shown once more; nothing else that is refused is asked twice. */
function afterRefusal({ past, failure }: Situation): NextStep {
  if (failure.remedy === 'restart-engine') return giveUp(RESTART);
  return failure.remedy === 'log-in-again' ? oneOf(['log-in-again'], triesOf(past, 'permanent'), null) : giveUp(null);
}

function afterTrouble({ past, failure, random, troubleMs }: Situation): NextStep {
  const before = past.filter(({ diagnosis }) => diagnosis.rule === failure.rule).length;
  if (before + 1 >= (failure.tries ?? LIMITS.transientTries)) return giveUp(null);
  if (failure.remedy === 'wait-for-engine') return again('wait-for-engine');
  if (troubleMs >= LIMITS.transientMs) return giveUp(null);
  if (failure.retryAfterMs !== null) {
    return failure.retryAfterMs > LIMITS.retryAfterMs
      ? giveUp(
          `the registry asks to wait ${Math.ceil(failure.retryAfterMs / 60_000)} minutes: run the command again then`,
        )
      : again('wait-and-retry', failure.retryAfterMs + random * LIMITS.firstWaitMs);
  }
  const waitMs = backoffMs(before + 1, random);
  return again(failure.remedy === 'push-again' ? 'push-again' : 'wait-and-retry', waitMs);
}

/** A stronger remedy only where the weaker one was followed by damage again. */
function afterDamage({ past, failure }: Situation): NextStep {
  const steps = triesOf(past, 'damage');
  const rungs: readonly StepName[] = ['prune-and-rebuild', 'remove-images-and-rebuild'];
  const isPruned = steps.includes('prune-and-rebuild');
  return oneOf(failure.retryFirst && !isPruned ? ['retry', ...rungs] : rungs, steps, RESTART);
}

function triesOf(past: readonly PastTry[], kind: FailureClass): readonly StepName[] {
  return past.filter(({ diagnosis }) => diagnosis.class === kind).map(({ step }) => step);
}

/** The first that was not done yet; none left: what only a person can do. */
function oneOf(rungs: readonly StepName[], done: readonly StepName[], advice: string | null): NextStep {
  const rung = rungs.find((step) => !done.includes(step));
  return rung === undefined ? giveUp(advice) : again(rung);
}

/** Doubles with every try; a part of it is chance. */
export function backoffMs(tried: number, random: number): number {
  const full = Math.min(LIMITS.longestWaitMs, LIMITS.firstWaitMs * 2 ** (tried - 1));
  return Math.round(full / 2 + (random * full) / 2);
}

function again(step: StepName, waitMs = 0): NextStep {
  return { kind: 'again', step, waitMs: Math.round(waitMs) };
}

function giveUp(advice: string | null): NextStep {
  return { kind: 'give-up', advice };
}
