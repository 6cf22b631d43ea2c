import { describe, expect, it } from 'vitest';
import { newestNumber, reasonOf } from '../../src/plan/build-reason.ts';

const COMMIT = '5d6e7f8'.padEnd(40, '0');
const OTHER = '1a2b3c4'.padEnd(40, '0');
const previous = { number: 41, digest: `sha256:${'a'.repeat(64)}`, commit: COMMIT, fingerprint: 'f1' } as const;
const plain = { noCache: false, rebuild: false };

describe('newestNumber', () => {
  it('compares numbers as numbers, of one architecture', () => {
    expect(newestNumber(['b9-amd64', 'b10-amd64', 'b11-arm64', 'latest-amd64'], 'amd64')).toBe(10);
    expect(newestNumber(['latest-amd64', 'b0-amd64', 'b01-amd64', 'bx-amd64'], 'amd64')).toBeNull();
  });
});

describe('reasonOf', () => {
  it.each([
    [
      { previous, commit: COMMIT, fingerprint: 'f1', parameters: { noCache: true, rebuild: true } },
      'asked for with --no-cache',
    ],
    [
      { previous, commit: COMMIT, fingerprint: 'f1', parameters: { noCache: false, rebuild: true } },
      'asked for with --rebuild',
    ],
    [
      { previous: null, commit: COMMIT, fingerprint: 'f1', parameters: plain },
      'no build of this service and site is in the registry',
    ],
    [{ previous, commit: OTHER, fingerprint: 'f2', parameters: plain }, 'source changed: 5d6e7f8 → 1a2b3c4'],
    [
      { previous: { ...previous, commit: null }, commit: OTHER, fingerprint: 'f1', parameters: plain },
      'b41 does not say what it was built from',
    ],
    [
      { previous, commit: COMMIT, fingerprint: 'f2', parameters: plain },
      'the Dockerfile, a build argument or a base image changed since b41',
    ],
    [{ previous, commit: COMMIT, fingerprint: 'f1', parameters: plain }, 'same source as b41'],
    [{ previous, commit: COMMIT, fingerprint: null, parameters: plain }, 'same source as b41'],
  ])('gives a reason, case %#', (build, reason) => {
    expect(reasonOf(build)).toBe(reason);
  });
});
