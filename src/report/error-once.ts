import type { BuildEvent } from '../ports/events.ts';
import type { ErrorReport } from '../ports/result.ts';
import { errorKey } from './error-lines.ts';

/**
 * Picks errors out of the stream, each once: the same error comes as an event of its own, with the rollout that it
 * ended, and with the result.
 */
export class ErrorOnce {
  readonly #seen = new Set<string>();

  pick(event: BuildEvent): readonly ErrorReport[] {
    return errorsIn(event).filter((error) => {
      const key = errorKey(error);
      const isNew = !this.#seen.has(key);
      this.#seen.add(key);
      return isNew;
    });
  }
}

function errorsIn(event: BuildEvent): readonly ErrorReport[] {
  switch (event.kind) {
    case 'error':
      return [event.error];
    case 'rollout-finished':
      return event.rollout.error === null ? [] : [event.rollout.error];
    case 'build-finished':
      return [...event.result.rollouts.map((rollout) => rollout.error), event.result.error].filter(
        (error) => error !== null,
      );
    default:
      return [];
  }
}
