import { RolloutError } from '../../errors/xgen-error.ts';
import { parseJson } from '../proven-entries.ts';
import { refusal, unreachable, type Request } from './api-errors.ts';
import type { Place } from './place.ts';
import { Silence, type KubeAnswer, type KubeCall } from './transport.ts';

/** A request in the words of RBAC and of HTTP. */
export interface Ask extends Request, Omit<KubeCall, 'method'> {
  /**
   * Until when (monotonic milliseconds) a server that is away is waited for. Before anything was touched nobody waits:
   * an unreachable cluster is named at once.
   */
  readonly patientUntilMs?: number;
}

export interface Answer<T> {
  readonly value: T;
  /** The server's own clock, milliseconds since 1970; null where it does not tell. */
  readonly serverTime: number | null;
}

const METHODS = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  patch: 'PATCH',
  create: 'POST',
  update: 'PUT',
  delete: 'DELETE',
} as const;

const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;
const LONGEST_RETRY_AFTER_MS = 10_000;

/**
 * Asks the API server. What it cannot do at the moment (429, 5xx) is asked again a few times; a server that is gone only
 * with patience. Throws TARGET_UNREACHABLE, TARGET_LOGIN_REFUSED, TARGET_FORBIDDEN, ROLLOUT_REFUSED, ROLLOUT_FAILED.
 */
export async function ask<T>(place: Place, question: Ask): Promise<Answer<T>> {
  const { clock } = place.tools;
  const patientUntilMs = question.patientUntilMs ?? 0;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryOnce(place, question);
    if (outcome instanceof Silence) {
      const mayRepeat = outcome.begun && attempt === 1 && question.verb !== 'create';
      if (!mayRepeat && clock.monotonicMs() >= patientUntilMs) throw unreachable(place, outcome);
    } else if (outcome.status < 400) {
      return { value: readJson(place, question, outcome) as T, serverTime: outcome.serverTime };
    } else if (!isPassing(outcome) || (attempt >= MOST_TRIES && clock.monotonicMs() >= patientUntilMs)) {
      throw refusal(place, question, outcome);
    }
    await clock.sleep(pauseMs(attempt, outcome), question.signal);
  }
}

/** What an answer of 404 means where it is no error. */
export async function askOrNull<T>(place: Place, question: Ask): Promise<Answer<T> | null> {
  try {
    return await ask<T>(place, question);
  } catch (error) {
    if (error instanceof RolloutError && error.facts['status'] === 404) return null;
    throw error;
  }
}

/** Overloaded, restarting, or an etcd that has no leader for a moment. */
export function isPassing({ status, text }: Pick<KubeAnswer, 'status' | 'text'>): boolean {
  return status === 429 || status >= 502 || (status === 500 && /etcd|timeout|try again|not yet|connection/i.test(text));
}

export function pauseMs(attempt: number, outcome: KubeAnswer | Silence): number {
  const asked = outcome instanceof Silence ? null : outcome.retryAfterMs;
  if (asked !== null) return Math.min(asked, LONGEST_RETRY_AFTER_MS);
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

async function tryOnce(place: Place, question: Ask): Promise<KubeAnswer | Silence> {
  try {
    return await place.cluster.transport.send({ ...question, method: METHODS[question.verb] });
  } catch (error) {
    if (error instanceof Silence) return error;
    throw error;
  }
}

function readJson(place: Place, question: Ask, answer: KubeAnswer): object {
  const value = answer.text === '' ? {} : parseJson(answer.text);
  if (typeof value === 'object' && value !== null) return value;
  throw refusal(place, question, { ...answer, text: `not JSON: ${answer.text.slice(0, 200)}` });
}
