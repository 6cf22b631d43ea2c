import { setTimeout as wait } from 'node:timers/promises';
import { abortReasonOf } from '../errors/abort-reason.ts';
import type { Clock } from '../ports/clock.ts';

/** The machine's clocks. */
export function createClock(): Clock {
  return {
    now: () => new Date(),
    monotonicMs: () => performance.now(),
    async sleep(ms, signal) {
      try {
        await wait(ms, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        throw (signal === undefined ? null : abortReasonOf(signal)) ?? error;
      }
    },
  };
}
