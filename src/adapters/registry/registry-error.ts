import { RegistryError } from '../../errors/xgen-error.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import type { HttpAnswer } from './transport.ts';

/** The registry of an error, as people know it and as this process reaches it. */
export interface Where {
  /** As image names say it. */
  readonly host: string;
  /** As it was connected to. */
  readonly apiHost: string;
  readonly credentialId: string | null;
}

/** `docker.x2bee.com`, or `localhost:30500 (asked at registry.svc:5000)` where the two differ. */
export function nameOf(where: Where): string {
  return where.host === where.apiHost ? where.host : `${where.host} (asked at ${where.apiHost})`;
}

export function registryError(
  where: Where,
  options: { code: ErrorCode; message: string; hint: string | null; evidence?: readonly string[]; cause?: unknown },
): RegistryError {
  return new RegistryError({ ...options, facts: { registry: where.host, apiHost: where.apiHost } });
}

/** The registry answered with a status that this request cannot use. `doing`: "reading the tags of x/y". */
export function failed(where: Where, doing: string, answer: HttpAnswer): RegistryError {
  const busy = answer.status === 429 || answer.status >= 500;
  const waitMs = askedWaitMs(answer);
  return registryError(where, {
    code: 'REGISTRY_FAILED',
    message: `the registry ${nameOf(where)} answered ${answer.status} when ${doing}`,
    hint: busy
      ? waitMs !== null
        ? `the registry asks to wait ${Math.ceil(waitMs / 60_000)} minutes: run the command again then`
        : 'the registry is overloaded or broken: look at its own log, then run the command again'
      : inquire(where),
    evidence: wordsOf(answer),
  });
}

/**
 * The registry's own words: the messages of its JSON errors, without control characters, five at most. A page of HTML
 * (a proxy's) says nothing to a reader of a log and is left out.
 */
export function wordsOf(answer: HttpAnswer): readonly string[] {
  const text = answer.body.subarray(0, 64 * 1024).toString('utf8');
  const type = answer.headers['content-type'] ?? '';
  const words = errorsIn(text) ?? (type.startsWith('text/plain') ? text.split('\n').slice(0, 3) : []);
  return words
    .map(printable)
    .filter((line) => line !== '')
    .slice(0, 5);
}

function errorsIn(text: string): string[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    if ('errors' in parsed && Array.isArray(parsed.errors)) return parsed.errors.map(sentence);
    return [sentence(parsed)];
  } catch {
    return null;
  }
}

/** `DENIED: requested access to the resource is denied`; a token endpoint says `details` or `error_description`. */
function sentence(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const fields = new Map<string, unknown>(Object.entries(error));
  const pick = (...keys: string[]): string => {
    const value = keys.map((key) => fields.get(key)).find((one) => typeof one === 'string' && one !== '');
    return typeof value === 'string' ? value : '';
  };
  return [pick('code', 'error'), pick('message', 'error_description', 'details')]
    .filter((part) => part !== '')
    .join(': ');
}

/** One line of at most 300 characters without control or direction characters: it goes to terminals. */
export function printable(text: string): string {
  return text
    .slice(0, 2000)
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 300);
}

/** Retry-After in seconds, as milliseconds; a date would need the registry's clock. */
export function askedWaitMs({ headers }: HttpAnswer): number | null {
  const seconds = Number(headers['retry-after'] ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}

/** The command that shows what answers. */
export function inquire(where: Where): string {
  return `see what answers there: curl -sSi https://${where.apiHost}/v2/`;
}
