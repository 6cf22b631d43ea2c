import { describe, expect, it } from 'vitest';
import { nextCall } from '../../../src/adapters/registry/redirect.ts';

function call(url: string) {
  const headers = { authorization: 'Basic x', accept: 'a' };
  const signal = new AbortController().signal;
  return { method: 'GET', url: new URL(url), headers, body: null, maxBytes: 1, verifyTls: false, signal } as const;
}

describe('nextCall', () => {
  it.each([
    ['https://r.example/v2/a', '/v2/b', 'https://r.example/v2/b', true],
    ['https://r.example/v2/a', 'https://s3.example/x?sig=1', 'https://s3.example/x?sig=1', false],
    ['https://r.example/v2/a', 'https://r.example:8443/x', 'https://r.example:8443/x', false],
    ['http://r.example/v2/a', 'https://r.example/v2/a', 'https://r.example/v2/a', false],
    ['http://r.example/v2/a', 'http://user:pw@r.example/b', 'http://r.example/b', true],
  ])('from %s to %s', (from, location, ...[to, keepsLogin]) => {
    const next = nextCall(call(from), location);
    expect(next?.url.href).toBe(to);
    expect('authorization' in (next?.headers ?? {})).toBe(keepsLogin);
    expect(next?.headers).toHaveProperty('accept');
  });

  it.each([undefined, 'http://r.example/plain', 'ftp://r.example/x', 'file:///etc/passwd', 'http://['])(
    'refuses to go from HTTPS to %s',
    (location) => {
      expect(nextCall(call('https://r.example/v2/a'), location)).toBeNull();
    },
  );

  it('checks the certificate of another host, whatever the registry’s is', () => {
    expect(nextCall(call('https://r.example/a'), 'https://s3.example/x')?.verifyTls).toBe(true);
    expect(nextCall(call('https://r.example/a'), '/b')?.verifyTls).toBe(false);
  });
});
