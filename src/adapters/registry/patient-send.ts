import { messageOf } from '../../errors/xgen-error.ts';
import { ruleForAnswer, ruleForTransport } from '../../healing/diagnose.ts';
import { LIMITS } from '../../healing/ladder.ts';
import type { Rule } from '../../healing/rule.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { OnRetry } from '../../ports/registry.ts';
import { askedWaitMs } from './registry-error.ts';
import { TransportError } from './transport-error.ts';
import type { HttpAnswer, HttpCall, Send } from './transport.ts';
import type { AuthoritiesFor } from './trust.ts';

/** A call without the certificate authorities: they are found here. */
export type PatientCall = Omit<HttpCall, 'ca'> & {
  /** Told of each try that failed and is followed by another. */
  readonly onRetry?: OnRetry;
};
export type PatientSend = (call: PatientCall) => Promise<HttpAnswer>;

const MOST_TRIES = 4;
const FIRST_WAIT_MS = 500;

/**
 * Sends, and tries again what the table of failures calls passing: a broken connection, silence, 429 and 5xx. A
 * certificate that Node's own list does not cover is checked once more against the authorities that the engine would
 * trust.
 */
export function createPatientSend(parts: {
  send: Send;
  authoritiesFor: AuthoritiesFor;
  clock: Clock;
  logger: Logger;
  rules: readonly Rule[];
}): PatientSend {
  const { clock, logger, rules } = parts;
  const sendTrusting = trusting(parts.send, parts.authoritiesFor);
  return async (call) => {
    for (let tried = 1; ; tried += 1) {
      const begin = clock.monotonicMs();
      const outcome = await settled(sendTrusting(call));
      const retry = retryAfter({ call, outcome, tried, random: Math.random(), rules });
      if (retry === null) {
        if (outcome.status === 'answered') return outcome.answer;
        throw outcome.error;
      }
      const { rule, waitMs } = retry;
      logger.debug({ registry: call.url.host, method: call.method, tried, waitMs }, 'asking the registry again');
      await clock.sleep(waitMs, call.signal);
      const evidence = `${call.method} ${call.url.pathname}: ${wordsOf(outcome)}`;
      call.onRetry?.({ rule: rule.id, evidence, durationMs: clock.monotonicMs() - begin });
    }
  };
}

function wordsOf(outcome: Outcome): string {
  if (outcome.status === 'threw') return messageOf(outcome.error);
  return `answered ${outcome.answer.status}`;
}

export type Outcome =
  | { readonly status: 'answered'; readonly answer: HttpAnswer }
  | { readonly status: 'threw'; readonly error: unknown };

/** The rule by which a request is sent once more, and after how long; null where that would not help or could do harm. */
export function retryAfter(of: {
  readonly call: PatientCall;
  readonly outcome: Outcome;
  readonly tried: number;
  readonly random: number;
  readonly rules: readonly Rule[];
}): { readonly rule: Rule; readonly waitMs: number } | null {
  const { call, outcome, tried, random, rules } = of;
  const rule = ruleOf(outcome, rules);
  if (rule === null || rule.class !== 'transient' || call.method === 'DELETE') return null;
  if (tried >= Math.min(MOST_TRIES, rule.tries ?? MOST_TRIES)) return null;
  const asked = outcome.status === 'answered' ? askedWaitMs(outcome.answer) : null;
  if (asked !== null) return asked <= LIMITS.retryAfterMs ? { rule, waitMs: asked } : null;
  const full = FIRST_WAIT_MS * 2 ** (tried - 1);
  return { rule, waitMs: Math.round(full / 2 + (random * full) / 2) };
}

function ruleOf(outcome: Outcome, rules: readonly Rule[]): Rule | null {
  if (outcome.status === 'answered') return ruleForAnswer(rules, outcome.answer.status);
  return outcome.error instanceof TransportError ? ruleForTransport(rules, outcome.error.kind) : null;
}

async function settled(answer: Promise<HttpAnswer>): Promise<Outcome> {
  try {
    return { status: 'answered', answer: await answer };
  } catch (error) {
    return { status: 'threw', error };
  }
}

function trusting(send: Send, authoritiesFor: AuthoritiesFor): PatientSend {
  const known = new Map<string, readonly string[]>();
  return async (call) => {
    const ca = known.get(call.url.host) ?? null;
    try {
      return await send({ ...call, ca });
    } catch (error) {
      if (!(error instanceof TransportError) || error.kind !== 'certificate' || ca !== null) throw error;
      const wider = await authoritiesFor(call.url.host);
      const answer = await send({ ...call, ca: wider });
      known.set(call.url.host, wider);
      return answer;
    }
  };
}
