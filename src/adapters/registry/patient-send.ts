import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { TransportError } from './transport-error.ts';
import type { HttpAnswer, HttpCall, Send } from './transport.ts';
import type { AuthoritiesFor } from './trust.ts';

/** A call without the certificate authorities: they are found here. */
export type PatientCall = Omit<HttpCall, 'ca'>;
export type PatientSend = (call: PatientCall) => Promise<HttpAnswer>;

const TRIES = 3;
const WAITS_MS = [500, 2000] as const;
const LONGEST_RETRY_AFTER_MS = 20_000;

/**
 * Sends, and tries again what a moment's trouble explains: a broken connection, 429 and 5xx on requests that may be
 * sent twice. A certificate that Node's own list does not cover is checked once more against the authorities that the
 * engine would trust.
 */
export function createPatientSend(parts: {
  send: Send;
  authoritiesFor: AuthoritiesFor;
  clock: Clock;
  logger: Logger;
}): PatientSend {
  const { clock, logger } = parts;
  const sendTrusting = trusting(parts.send, parts.authoritiesFor);
  return async (call) => {
    for (let tried = 1; ; tried += 1) {
      const outcome = await settled(sendTrusting(call));
      const waitMs = tried < TRIES ? waitBeforeRetry(call, outcome, tried) : null;
      if (waitMs === null) {
        if (outcome.status === 'answered') return outcome.answer;
        throw outcome.error;
      }
      logger.debug({ registry: call.url.host, method: call.method, tried, waitMs }, 'asking the registry again');
      await clock.sleep(waitMs, call.signal);
    }
  };
}

export type Outcome =
  | { readonly status: 'answered'; readonly answer: HttpAnswer }
  | { readonly status: 'threw'; readonly error: unknown };

/** Milliseconds until the next try, or null where another try would not help or could do harm. */
export function waitBeforeRetry(call: PatientCall, outcome: Outcome, tried: number): number | null {
  const wait = WAITS_MS[tried - 1] ?? null;
  if (call.method === 'POST' || call.method === 'DELETE') return null;
  if (outcome.status === 'threw') {
    return outcome.error instanceof TransportError && outcome.error.kind === 'broken' ? wait : null;
  }
  const { status, headers } = outcome.answer;
  if (status === 429) {
    const seconds = Number(headers['retry-after'] ?? '');
    const asked = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : wait;
    return asked !== null && asked <= LONGEST_RETRY_AFTER_MS ? asked : null;
  }
  return status >= 500 && status !== 501 ? wait : null;
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
