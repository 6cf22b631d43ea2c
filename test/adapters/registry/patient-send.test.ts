import { describe, expect, it } from 'vitest';
import { waitBeforeRetry, type Outcome } from '../../../src/adapters/registry/patient-send.ts';
import { TransportError } from '../../../src/adapters/registry/transport-error.ts';

function answered(status: number, headers = {}): Outcome {
  return { status: 'answered', answer: { status, headers, body: Buffer.alloc(0) } };
}

describe('waitBeforeRetry', () => {
  it.each([
    ['GET', answered(200), null],
    ['GET', answered(404), null],
    ['GET', answered(500), 500],
    ['HEAD', answered(503), 500],
    ['PUT', answered(502), 500],
    ['GET', answered(501), null],
    ['POST', answered(503), null],
    ['DELETE', answered(503), null],
    ['GET', answered(429), 500],
    ['GET', answered(429, { 'retry-after': '3' }), 3000],
    ['GET', answered(429, { 'retry-after': '21' }), null],
    ['GET', answered(429, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }), 500],
    ['GET', { status: 'threw', error: new TransportError('broken', 'reset') } as const, 500],
    ['GET', { status: 'threw', error: new TransportError('refused', 'refused') } as const, null],
    ['GET', { status: 'threw', error: new Error('canceled') } as const, null],
  ] as const)('%s with %j', (method, outcome, expected) => {
    const call = { method, url: new URL('http://x/'), headers: {}, body: null, maxBytes: 1, verifyTls: true };
    expect(waitBeforeRetry({ ...call, signal: new AbortController().signal }, outcome, 1)).toBe(expected);
  });
});
