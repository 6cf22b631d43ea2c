import { expect, test } from 'vitest';
import { fingerprintOf, type FingerprintInputs } from '../../src/pipeline/fingerprint.ts';

const INPUTS: FingerprintInputs = {
  semanticsVersion: 1,
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
    semanticsVersion: 1,
  };
  expect(fingerprintOf(reordered)).toBe(fingerprintOf(INPUTS));
});

test.each<[string, Partial<FingerprintInputs>]>([
  ['semanticsVersion', { semanticsVersion: 2 }],
  ['commit', { commit: 'b'.repeat(40) }],
  [
    'the content of an overlay file',
    { overlay: { ...INPUTS.overlay, Dockerfile: { sha256: '9'.repeat(64), mode: 0o644 } } },
  ],
  [
    'the mode of an overlay file',
    { overlay: { ...INPUTS.overlay, Dockerfile: { sha256: '1'.repeat(64), mode: 0o755 } } },
  ],
  ['one overlay file less', { overlay: { Dockerfile: { sha256: '1'.repeat(64), mode: 0o644 } } }],
  ['the value of an argument', { args: { ...INPUTS.args, BASE: 'debian' } }],
  ['the name of an argument', { args: { TARGETARCH: 'amd64', BASF: 'alpine' } }],
  ['target', { target: 'run' }],
  ['platform', { platform: 'linux/arm64' }],
  ['context', { context: 'apps/core' }],
  ['submodules', { submodules: true }],
  ['the digest of a base image', { baseImages: { 'alpine:3': 'sha256:4' } }],
  ['the name of a base image', { baseImages: { 'alpine:4': 'sha256:3' } }],
  ['the secrets', { secretIds: ['ca'] }],
])('changes with %s', (_, change) => {
  expect(fingerprintOf({ ...INPUTS, ...change })).not.toBe(fingerprintOf(INPUTS));
});
