import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../../src/adapters/registry/challenge.ts';

describe('parseChallenge', () => {
  it.each([
    ['Basic realm="Sonatype Nexus Repository Manager"', { scheme: 'basic' }],
    ['BASIC realm=x', { scheme: 'basic' }],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
      { scheme: 'bearer', realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
    ],
    [
      'Bearer realm="https://a.example/t?x=1,2" , service=reg, scope="repository:a/b:pull,push",error="invalid_token"',
      { scheme: 'bearer', realm: 'https://a.example/t?x=1,2', service: 'reg' },
    ],
    ['Bearer realm="https://a.example/\\"q\\""', { scheme: 'bearer', realm: 'https://a.example/"q"', service: null }],
    [
      'Basic realm="x", Bearer realm="https://a.example/t"',
      { scheme: 'bearer', realm: 'https://a.example/t', service: null },
    ],
    ['Bearer service="no realm"', null],
    ['Negotiate', null],
    ['', null],
    ['"""=,,==', null],
  ])('reads %s', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  it('reads a long hostile header in no time', () => {
    const begin = performance.now();
    parseChallenge(`Bearer ${'a '.repeat(200_000)}`);
    parseChallenge(`Bearer realm="${'\\'.repeat(200_001)}`);
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
