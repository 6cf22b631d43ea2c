import { describe, expect, it } from 'vitest';
import { decideBuild, newestNumber, type BuildQuestion, type PreviousBuild } from '../../src/plan/build-reason.ts';
import { fingerprintOf, summaryOf, type FingerprintInputs } from '../../src/plan/fingerprint.ts';

const INPUTS: FingerprintInputs = {
  semanticsVersion: 1,
  repository: 'https://git.example.com/xgen/xgen-core.git',
  commit: '5d6e7f8'.padEnd(40, '0'),
  overlay: { Dockerfile: { sha256: '1'.repeat(64), mode: 0o644 } },
  args: { BASE: 'alpine' },
  target: null,
  platform: 'linux/amd64',
  context: '.',
  submodules: false,
  baseImages: { 'python:3.14-slim': `sha256:${'a'.repeat(64)}` },
  secretIds: [],
};
const PREVIOUS: PreviousBuild = {
  number: 41,
  digest: `sha256:${'a'.repeat(64)}`,
  commit: INPUTS.commit,
  fingerprint: fingerprintOf(INPUTS),
  inputs: summaryOf(INPUTS),
};
const PLAIN = { noCache: false, rebuild: false, number: null };

function question(change: Partial<FingerprintInputs>, other: Partial<BuildQuestion> = {}): BuildQuestion {
  return { previous: PREVIOUS, wanted: { inputs: { ...INPUTS, ...change }, doubt: null }, parameters: PLAIN, ...other };
}

describe('newestNumber', () => {
  it('compares numbers as numbers, of one architecture', () => {
    expect(newestNumber(['b9-amd64', 'b10-amd64', 'b11-arm64', 'latest-amd64'], 'amd64')).toBe(10);
    expect(newestNumber(['latest-amd64', 'b0-amd64', 'b01-amd64', 'bx-amd64'], 'amd64')).toBeNull();
  });
});

describe('decideBuild', () => {
  it('builds nothing where every input is as it was', () => {
    expect(decideBuild(question({}))).toEqual({ build: false, reason: 'unchanged since b41' });
  });

  it.each<[string, BuildQuestion, string]>([
    ['--no-cache', question({}, { parameters: { ...PLAIN, noCache: true } }), 'asked for with --no-cache'],
    ['--rebuild', question({}, { parameters: { ...PLAIN, rebuild: true } }), 'asked for with --rebuild'],
    ['--number', question({}, { parameters: { ...PLAIN, number: 50 } }), 'asked for with --number 50'],
    ['nothing before', question({}, { previous: null }), 'no build of this service and site is in the registry'],
    ['a doubt', question({}, { wanted: { inputs: INPUTS, doubt: 'it adds an address' } }), 'it adds an address'],
    ['another commit', question({ commit: '1a2b3c4'.padEnd(40, '0') }), 'source 5d6e7f8 → 1a2b3c4'],
    [
      'two changes',
      question({ args: { BASE: 'debian' }, overlay: { Dockerfile: { sha256: '2'.repeat(64), mode: 0o644 } } }),
      'Dockerfile, argument BASE',
    ],
    [
      'a republished base image',
      question({ baseImages: { 'python:3.14-slim': `sha256:${'b'.repeat(64)}` } }),
      'base image python:3.14-slim',
    ],
    [
      'an image of somebody else',
      question({}, { previous: { ...PREVIOUS, fingerprint: null, inputs: null, commit: null } }),
      'b41 does not say what it was built from',
    ],
    [
      'an older label, other source',
      question({ commit: '1a2b3c4'.padEnd(40, '0') }, { previous: { ...PREVIOUS, inputs: null } }),
      'source 5d6e7f8 → 1a2b3c4',
    ],
    [
      'an older label, same source',
      question({ target: 'run' }, { previous: { ...PREVIOUS, inputs: null } }),
      'what b41 was built from is not the same',
    ],
    [
      'labels that contradict one another',
      question({}, { previous: { ...PREVIOUS, fingerprint: 'f'.repeat(64) } }),
      'what b41 was built from is not the same',
    ],
  ])('builds with %s', (_, asked, reason) => {
    expect(decideBuild(asked)).toEqual({ build: true, reason });
  });
});
