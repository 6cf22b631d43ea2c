import type { RedactingStream, Redactor } from '../../ports/redactor.ts';
import { SHORTEST_SECRET } from './secret-forms.ts';
import { newScanState, SecretMatcher, type Span } from './secret-matcher.ts';

const MASK = '***';

/** A redactor that knows no secret yet. Secrets that are added later also count for streams that were begun before. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  let matcher: SecretMatcher | null = null;
  const current = (): SecretMatcher | null => {
    if (secrets.size > 0) matcher ??= new SecretMatcher(secrets);
    return matcher;
  };
  const stream = (): RedactingStream => new SecretRedactingStream(current);
  const redact = (text: string): string => {
    if (secrets.size === 0 || text.length < SHORTEST_SECRET) return text;
    const whole = stream();
    return whole.write(text) + whole.end();
  };
  return {
    add: (secret) => {
      if (secret.length < SHORTEST_SECRET || secrets.has(secret)) return;
      secrets.add(secret);
      matcher = null;
    },
    redact,
    redactData: (data) => redactData(data, redact),
    stream,
  };
}

/** Keys are names of this program, not data from outside; they stay. */
function redactData<T>(data: T, redact: (text: string) => string): T {
  if (typeof data === 'string') return redact(data) as T;
  if (Array.isArray(data)) return redactItems(data, redact) as T;
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, redactData(value, redact)])) as T;
}

/** Texts in a list may be lines of one: a secret that goes over several becomes one item. */
function redactItems(items: readonly unknown[], redact: (text: string) => string): unknown[] {
  const apart = items.map((item) => redactData(item, redact));
  if (!items.every((item) => typeof item === 'string')) return apart;
  const whole = redact(items.join('\n'));
  return whole === apart.join('\n') ? apart : whole.split('\n');
}

class SecretRedactingStream implements RedactingStream {
  readonly #current: () => SecretMatcher | null;
  #matcher: SecretMatcher | null = null;
  #state = newScanState();
  /** Text that was not given out yet. Positions below count from its beginning. */
  #text = '';
  /** Found, not given out yet. */
  #spans: Span[] = [];
  /** Up to here the text is hidden by a mask that was given out already. */
  #maskedUntil = 0;

  constructor(current: () => SecretMatcher | null) {
    this.#current = current;
  }

  write(chunk: string): string {
    const matcher = this.#current();
    if (matcher === null) return chunk;
    let from = this.#text.length;
    if (matcher !== this.#matcher) {
      this.#matcher = matcher;
      this.#state = newScanState();
      from = 0;
    }
    this.#text += chunk;
    this.#spans.push(...matcher.scan(this.#text, from, this.#state));
    return this.#give(matcher.undecidedFrom(this.#text, this.#state));
  }

  end(): string {
    const rest = this.#give(this.#text.length);
    this.#state = newScanState();
    this.#maskedUntil = 0;
    return rest;
  }

  /** Gives out everything before `until`. Overlapping secrets become one mask, wherever the chunks were cut. */
  #give(until: number): string {
    const text = this.#text;
    this.#spans.sort((a, b) => a.start - b.start);
    let given = '';
    let next = 0;
    for (const span of this.#spans) {
      if (span.start >= until) break;
      next++;
      if (span.start >= this.#maskedUntil) given += text.slice(this.#maskedUntil, span.start) + MASK;
      this.#maskedUntil = Math.max(this.#maskedUntil, span.end);
    }
    given += text.slice(this.#maskedUntil, until);
    this.#spans = this.#spans.slice(next).map((span) => ({ start: span.start - until, end: span.end - until }));
    this.#maskedUntil = Math.max(0, this.#maskedUntil - until);
    this.#text = text.slice(until);
    return given;
  }
}
