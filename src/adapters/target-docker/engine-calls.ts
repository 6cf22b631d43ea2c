import { abortReasonOf } from '../../errors/abort-reason.ts';
import { messageOf, RolloutError, XgenError } from '../../errors/xgen-error.ts';
import type { Place } from './place.ts';

const READ_LIMIT_MS = 30_000;
const WRITE_LIMIT_MS = 60_000;

type Where = Pick<Place, 'endpoint' | 'target'>;

/**
 * Asks the engine something; given up after 30 s or with the signal. `ask` gets a signal for the calls of dockerode
 * that take one; the others are no longer waited for.
 */
export async function readEngine<T>(
  where: Where,
  signal: AbortSignal,
  ask: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const given = new AbortController();
  const late = Promise.withResolvers<never>();
  const giveUp = (why: unknown) => {
    late.reject(why);
    given.abort(why);
  };
  const timer = setTimeout(() => giveUp(silence(READ_LIMIT_MS)), READ_LIMIT_MS);
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([ask(given.signal), late.promise]);
  } catch (error) {
    throw abortReasonOf(signal) ?? engineFailure(where, 'answer', error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Lets the engine change something. Not cut short by an abort: a change that was asked for may happen anyway, and then
 * nobody would know of it.
 */
export async function changeEngine<T>(
  where: Where,
  change: { what: string; limitMs?: number },
  act: () => Promise<T>,
): Promise<T> {
  const limitMs = change.limitMs ?? WRITE_LIMIT_MS;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(silence(limitMs)), limitMs);
  try {
    return await Promise.race([act(), late.promise]);
  } catch (error) {
    throw engineFailure(where, change.what, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The HTTP status that the engine answered with; null where there was no answer. */
export function statusOf(error: unknown): number | null {
  const source = error instanceof XgenError ? error.cause : error;
  const status = source instanceof Error && 'statusCode' in source ? source.statusCode : null;
  return typeof status === 'number' ? status : null;
}

/** What an action resolves to where the engine says that there is no such thing, or that it is so already. */
export async function unless<T>(statuses: readonly number[], action: Promise<T>): Promise<T | null> {
  try {
    return await action;
  } catch (error) {
    const status = statusOf(error);
    if (status !== null && statuses.includes(status)) return null;
    throw error;
  }
}

/** The engine's own words, without dockerode's frame around them. */
export function wordsOf(error: unknown): string {
  const json = error instanceof Error && 'json' in error ? error.json : null;
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : null;
  return (typeof message === 'string' ? message : messageOf(error)).trim();
}

/** Any failure of a call as TARGET_UNREACHABLE, TARGET_FORBIDDEN or ROLLOUT_FAILED. */
export function engineFailure({ endpoint, target }: Where, what: string, error: unknown): XgenError {
  const facts = { env: target.env, endpoint: endpoint.address };
  if (error instanceof XgenError) {
    if (error.code !== 'ENGINE_UNREACHABLE') return error;
    const code = isForbidden(error) ? 'TARGET_FORBIDDEN' : 'TARGET_UNREACHABLE';
    return new RolloutError({
      code,
      message: `${target.env}: ${error.message}`,
      hint: error.hint,
      facts,
      evidence: error.evidence,
      cause: error,
    });
  }
  const status = statusOf(error);
  if (status === 401 || status === 403) {
    return new RolloutError({
      code: 'TARGET_FORBIDDEN',
      message: `${target.env}: the engine at ${endpoint.address} does not allow this: ${wordsOf(error)}`,
      hint: `check with which rights \`docker -H ${endpoint.address} info\` works`,
      facts,
      cause: error,
    });
  }
  if (status === null) {
    return new RolloutError({
      code: 'TARGET_UNREACHABLE',
      message: `${target.env}: the engine at ${endpoint.address} could not be asked to ${what}: ${wordsOf(error)}`,
      hint: `see whether it answers: docker -H ${endpoint.address} info`,
      facts,
      cause: error,
    });
  }
  return new RolloutError({
    code: 'ROLLOUT_FAILED',
    message: `${target.env}: the engine refused to ${what}: ${wordsOf(error)}`,
    facts,
    cause: error,
  });
}

function isForbidden(error: XgenError): boolean {
  return error.facts['cause'] === 'EACCES' || error.facts['cause'] === 'EPERM';
}

function silence(limitMs: number): Error {
  return new Error(`no answer within ${String(limitMs / 1000)} s`);
}
