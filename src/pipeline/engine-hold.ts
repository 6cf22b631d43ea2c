import { messageOf } from '../errors/xgen-error.ts';
import type { EngineTurn } from '../ports/upkeep.ts';
import type { HealerParts } from './heal-parts.ts';

/** A build's turn on the engine, from its first step to the removal of its image. */
export interface EngineHold {
  /** Whether the engine gave a turn before, in this run. */
  hasAnswered(): boolean;
  /** Asks for the turn at once, beside the checkout: a build loses no time by it. */
  ask(): void;
  /** Resolves once no prune runs or waits. */
  ready(): Promise<void>;
  /** Gives the turn up and takes the engine alone, from the next moment on which no build runs. */
  alone(): Promise<void>;
  /** After `alone`: others may build beside this one again. */
  letOthersIn(): Promise<void>;
  /** May be called twice; never rejects. */
  release(): Promise<void>;
}

export function holdEngine({ plan, context }: HealerParts): EngineHold {
  const { upkeep, logger } = context.ports;
  const stop = new AbortController();
  const request = {
    who: `${plan.service} of ${plan.site}, ${context.startedBy}`,
    signal: AbortSignal.any([context.signal, stop.signal]),
    onWait: (forWhom: string) => {
      context.emit({ kind: 'stage-progress', stage: 'build', detail: `waits for the engine: ${forWhom}` });
    },
  };
  let turn: Promise<EngineTurn> | null = null;
  let answered = false;
  const share = (): Promise<EngineTurn> => {
    const asked = upkeep.share(request).then((given) => {
      answered = true;
      return given;
    });
    // Whoever waits for it hears of it; a build that ends before has other troubles.
    asked.catch(() => undefined);
    return asked;
  };
  const held = async (): Promise<EngineTurn | null> => (turn === null ? null : turn.catch(() => null));
  return {
    hasAnswered: () => answered,
    ask: () => {
      turn ??= share();
    },
    async ready() {
      try {
        await (turn ??= share());
      } catch (error) {
        context.signal.throwIfAborted();
        // An engine that was away is asked again.
        logger.debug({ error: messageOf(error) }, 'the turn on the engine is asked for again');
        await (turn = share());
      }
    },
    async alone() {
      await (await held())?.release();
      await (turn = upkeep.takeAlone(request));
    },
    async letOthersIn() {
      await (await held())?.letOthersIn();
    },
    async release() {
      stop.abort();
      await (await held())?.release();
    },
  };
}
