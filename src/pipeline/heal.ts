import type { Diagnosis, StepName } from '../errors/diagnosis.ts';
import { diagnosisOf } from '../healing/diagnose.ts';
import { nextStep, type PastTry } from '../healing/ladder.ts';
import type { AttemptResult } from '../ports/result.ts';
import { holdEngine } from './engine-hold.ts';
import { useEngine, type EngineUse } from './use-engine.ts';
import { engineName, keepAttempt, memoryText, withAdvice } from './heal-report.ts';
import { healedText, outcomeOf, planText, type Healed } from './heal-words.ts';
import type { HealerParts } from './heal-parts.ts';
import { takeStep } from './heal-steps.ts';

/** How a try is to be made, after what failed before. */
export interface TryMode {
  /** True once the cache was found to be damaged. */
  readonly noCache: boolean;
  /** True where what was built before cannot be used. */
  readonly rebuild: boolean;
}

export interface HealWork<T> {
  readonly stage: string;
  readonly run: (mode: TryMode) => Promise<T>;
  /** Asks the registry something, to hear from it how long it wants to be left alone. */
  readonly ask?: () => Promise<void>;
}

/** Runs the pieces of one build again where that can help. What failed in one counts in the next. */
export interface Healer extends EngineUse {
  /** Resolves with the first try that succeeds. Throws what the last one threw, with what a person can do about it. */
  heal<T>(work: HealWork<T>): Promise<T>;
  /** What was healed in a stage, for its line; empty: nothing. */
  told(stage: string): string;
}

export function createHealer(parts: HealerParts): Healer {
  const { clock, rules } = parts.context.ports;
  const hold = holdEngine(parts);
  const past: (PastTry & { readonly atMs: number })[] = [];
  const healed: Healed[] = [];
  let mode: TryMode = { noCache: false, rebuild: false };

  async function run<T>(work: HealWork<T>): Promise<T> {
    try {
      const value = await work.run(mode);
      mode = { ...mode, rebuild: false };
      return value;
    } finally {
      // A try that had the engine alone has it no longer.
      await hold.letOthersIn();
    }
  }

  /** What the ladder says about a failure; throws the failure where that is nothing. */
  async function recover(trial: Trial): Promise<void> {
    const failure = parts.context.signal.aborted ? null : diagnosisOf(trial.error, rules);
    if (failure === null) throw trial.error;
    // An engine that was never there is nothing that passes by itself.
    if (failure.rule === 'engine-lost' && !hold.hasAnswered()) return giveUp(trial, failure, null);
    const atMs = clock.monotonicMs();
    const since = (before?: { readonly atMs: number }): number => atMs - (before?.atMs ?? atMs);
    const same = past.find(({ diagnosis }) => diagnosis.rule === failure.rule);
    const times = { elapsedMs: since(past[0]), troubleMs: since(same) };
    const next = nextStep({ past, failure, ...times, random: Math.random() });
    if (next.kind === 'give-up') return giveUp(trial, failure, next.advice);
    const { stage } = trial;
    parts.context.emit({ kind: 'recovering', stage, detail: planText(failure, next.step) });
    const taken = await takeStep({ ...parts, hold, ...next, failure, ask: trial.ask });
    if (taken.kind === 'failed') return giveUp(trial, failure, taken.advice);
    past.push({ diagnosis: failure, step: next.step, atMs });
    healed.push({ stage, diagnosis: failure, done: taken.done });
    if (taken.warning !== null) parts.context.emit({ kind: 'warning', stage, message: taken.warning });
    mode = { noCache: mode.noCache || taken.noCache, rebuild: REBUILDING.includes(next.step) };
    await record(trial, failure, next.step);
  }

  async function giveUp(trial: Trial, failure: Diagnosis, advice: string | null): Promise<never> {
    await record(trial, failure, 'none');
    const numbers = failure.class === 'memory' ? await memoryText(parts.context) : null;
    throw withAdvice(trial.error, advice ?? numbers, failure.class === 'permanent' ? 1 : past.length + 1);
  }

  async function record(trial: Trial, failure: Diagnosis, remedy: AttemptResult['remedy']): Promise<void> {
    const at = isRegistrys(trial, failure) ? parts.plan.image.registry.host : await engineName(parts.context);
    const durationMs = Math.round(clock.monotonicMs() - trial.begin);
    await keepAttempt(parts.context, { ...attemptOf(trial.stage, failure), remedy, at, durationMs });
  }

  return {
    async heal(work) {
      for (;;) {
        const begin = clock.monotonicMs();
        try {
          return await run(work);
        } catch (error) {
          await recover({ stage: work.stage, ask: work.ask ?? null, begin, error });
        }
      }
    },
    told: (stage) => healedText(healed.filter((one) => one.stage === stage)),
    ...useEngine({ ...parts, hold }),
  };
}

interface Trial {
  readonly stage: string;
  readonly ask: (() => Promise<void>) | null;
  readonly begin: number;
  readonly error: unknown;
}

function attemptOf(stage: string, failure: Diagnosis): Pick<AttemptResult, 'stage' | 'rule' | 'outcome' | 'evidence'> {
  return { stage, rule: failure.rule, outcome: outcomeOf(failure), evidence: failure.evidence };
}

const REBUILDING: readonly StepName[] = [
  'prune-and-rebuild',
  'remove-images-and-rebuild',
  'free-space-and-rebuild',
  'rebuild-alone',
];

function isRegistrys({ stage }: Trial, failure: Diagnosis): boolean {
  const isAnswer = failure.class === 'transient' || failure.class === 'permanent';
  return stage === 'push' && isAnswer && failure.rule !== 'engine-lost';
}
