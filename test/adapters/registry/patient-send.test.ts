import { describe, expect, it } from 'vitest';
import { retryAfter, type Outcome } from '../../../src/adapters/registry/patient-send.ts';
import { RULES, rulesWithout } from '../../../src/healing/rules.ts';
import { TransportError } from '../../../src/adapters/registry/transport-error.ts';

function answered(status: number, headers = {}): Outcome {
  return { status: 'answered', answer: { status, headers, body: Buffer.alloc(0) } };
}

const threw = (kind: ConstructorParameters<typeof TransportError>[0]): Outcome => ({
  status: 'threw',
  error: new TransportError(kind, kind),
});
const CALL = { url: new URL('http://x/'), headers: {}, body: null, maxBytes: 1, verifyTls: true };

function waitAfter(method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE', outcome: Outcome, more = {}): number | null {
  const call = { ...CALL, method, signal: new AbortController().signal };
  return retryAfter({ call, outcome, tried: 1, random: 1, rules: RULES, ...more })?.waitMs ?? null;
}

describe('the wait before a request is sent once more', () => {
  it.each([
    ['GET', answered(200), null],
    ['GET', answered(404), null],
    ['GET', answered(401), null],
    ['PUT', answered(403), null],
    ['GET', answered(500), 500],
    ['HEAD', answered(503), 500],
    ['PUT', answered(502), 500],
    ['POST', answered(503), 500],
    ['GET', answered(501), null],
    ['DELETE', answered(503), null],
    ['GET', answered(429), 500],
    ['GET', answered(429, { 'retry-after': '3' }), 3000],
    ['GET', answered(429, { 'retry-after': '301' }), null],
    ['GET', answered(429, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }), 500],
    ['GET', threw('broken'), 500],
    ['GET', threw('refused'), 500],
    ['GET', threw('timeout'), 500],
    ['GET', threw('no-such-host'), 500],
    ['GET', threw('certificate'), null],
    ['GET', threw('plain-http'), null],
    ['GET', { status: 'threw', error: new Error('canceled') } as const, null],
  ] as const)('%s with %j', (method, outcome, expected) => expect(waitAfter(method, outcome)).toBe(expected));

  it('doubles, is spread, and comes a bounded number of times', () => {
    expect(waitAfter('GET', answered(500), { tried: 3 })).toBe(2_000);
    expect(waitAfter('GET', answered(500), { tried: 3, random: 0 })).toBe(1_000);
    expect(waitAfter('GET', answered(500), { tried: 4 })).toBeNull();
    expect(waitAfter('GET', threw('no-such-host'), { tried: 2 })).toBeNull();
  });

  it('is none where the rule was taken out', () => {
    expect(waitAfter('GET', answered(500), { rules: rulesWithout('registry-server-error') })).toBeNull();
  });
});
