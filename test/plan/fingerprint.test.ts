import { describe, expect, test } from 'vitest';
import { changedInputs } from '../../src/plan/changed-inputs.ts';
import { fingerprintOf, parseSummary, summaryOf, type FingerprintInputs } from '../../src/plan/fingerprint.ts';

const INPUTS: FingerprintInputs = {
  semanticsVersion: 1,
  repository: 'https://git.example.com/xgen/xgen-core.git',
  commit: 'a'.repeat(40),
  overlay: {
    Dockerfile: { sha256: '1'.repeat(64), mode: 0o644 },
    'entrypoint.sh': { sha256: '2'.repeat(64), mode: 0o755 },
  },
  args: { TARGETARCH: 'amd64', BASE: 'alpine' },
  target: null,
  platform: 'linux/amd64',
  context: '.',
  submodules: false,
  baseImages: { 'alpine:3': 'sha256:3' },
  secretIds: ['ca', 'token'],
};

test('is 64 hexadecimal digits', () => {
  expect(fingerprintOf(INPUTS)).toMatch(/^[0-9a-f]{64}$/);
});

test('does not depend on the order of anything', () => {
  const reordered: FingerprintInputs = {
    secretIds: ['token', 'ca'],
    baseImages: INPUTS.baseImages,
    submodules: false,
    context: '.',
    platform: 'linux/amd64',
    target: null,
    args: { BASE: 'alpine', TARGETARCH: 'amd64' },
    overlay: Object.fromEntries(Object.entries(INPUTS.overlay).reverse()),
    commit: INPUTS.commit,
    repository: INPUTS.repository,
    semanticsVersion: 1,
  };
  expect(fingerprintOf(reordered)).toBe(fingerprintOf(INPUTS));
});

/** What changes each input and nothing else. An input that is not here fails the suite: it could ship old code. */
const CHANGES: Readonly<Record<keyof FingerprintInputs, readonly Partial<FingerprintInputs>[]>> = {
  semanticsVersion: [{ semanticsVersion: 2 }],
  repository: [{ repository: 'https://git.example.com/other/xgen-core.git' }],
  commit: [{ commit: 'b'.repeat(40) }],
  overlay: [
    { overlay: { ...INPUTS.overlay, Dockerfile: { sha256: '9'.repeat(64), mode: 0o644 } } },
    { overlay: { ...INPUTS.overlay, Dockerfile: { sha256: '1'.repeat(64), mode: 0o755 } } },
    { overlay: { Dockerfile: { sha256: '1'.repeat(64), mode: 0o644 } } },
    { overlay: { ...INPUTS.overlay, '.dockerignore': { sha256: '3'.repeat(64), mode: 0o644 } } },
  ],
  args: [{ args: { ...INPUTS.args, BASE: 'debian' } }, { args: { TARGETARCH: 'amd64', BASF: 'alpine' } }],
  target: [{ target: 'run' }],
  platform: [{ platform: 'linux/arm64' }],
  context: [{ context: 'apps/core' }],
  submodules: [{ submodules: true }],
  baseImages: [{ baseImages: { 'alpine:3': 'sha256:4' } }, { baseImages: { 'alpine:4': 'sha256:3' } }],
  secretIds: [{ secretIds: ['ca'] }, { secretIds: ['ca', 'token', 'npm'] }],
};

describe.each(Object.keys(INPUTS) as (keyof FingerprintInputs)[])('of the input %s', (input) => {
  const changes = CHANGES[input].map((change) => [JSON.stringify(change), change] as const);

  test('there is a test that changes it alone', () => {
    expect(changes.length).toBeGreaterThan(0);
    for (const [, change] of changes) expect(Object.keys(change)).toEqual([input]);
  });

  test.each(changes)('the fingerprint and the summary change with %s', (_, change) => {
    const now = { ...INPUTS, ...change };
    expect(fingerprintOf(now)).not.toBe(fingerprintOf(INPUTS));
    expect(changedInputs(summaryOf(INPUTS), summaryOf(now))).toHaveLength(
      input === 'args' && !('BASE' in (change.args ?? {})) ? 2 : 1,
    );
  });
});

test('a summary holds no value of an argument, and is read back as it was written', () => {
  const summary = summaryOf({ ...INPUTS, args: { TOKEN: 'hunter2' } });
  expect(JSON.stringify(summary)).not.toContain('hunter2');
  expect(parseSummary(JSON.stringify(summary))).toEqual(summary);
});

test.each([undefined, '', 'null', '[]', '{', '"text"'])('%j is no summary', (text) => {
  expect(parseSummary(text)).toBeNull();
});

test('says what changed in words, what matters most first', () => {
  const now: FingerprintInputs = {
    ...INPUTS,
    commit: '5d6e7f8'.padEnd(40, '0'),
    overlay: { Dockerfile: { sha256: '7'.repeat(64), mode: 0o644 } },
    args: { ...INPUTS.args, BASE: 'debian', EXTRA: '1' },
    baseImages: { 'debian:13': 'sha256:5' },
    secretIds: ['ca'],
  };
  expect(changedInputs(summaryOf(INPUTS), summaryOf(now))).toEqual([
    'source aaaaaaa → 5d6e7f8',
    'Dockerfile',
    'entrypoint.sh (gone)',
    'base image debian:13 (new)',
    'argument BASE',
    'argument EXTRA (new)',
    'secret token (gone)',
  ]);
});
