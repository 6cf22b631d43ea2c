import { describe, expect, it } from 'vitest';
import { fingerprintOf, summaryOf, type FingerprintInputs } from '../../src/plan/fingerprint.ts';
import { imageLabels } from '../../src/plan/labels.ts';

const INPUTS: FingerprintInputs = {
  semanticsVersion: 1,
  repository: 'https://gitlab.x2bee.com/xgen/xgen-core.git',
  commit: 'a'.repeat(40),
  overlay: {},
  args: {},
  target: null,
  platform: 'linux/amd64',
  context: '.',
  submodules: false,
  baseImages: {},
  secretIds: [],
};

describe('imageLabels', () => {
  it('says what the image is made of, and nothing that differs between equal builds', () => {
    expect(imageLabels(INPUTS)).toEqual({
      'org.opencontainers.image.source': INPUTS.repository,
      'org.opencontainers.image.revision': INPUTS.commit,
      'io.xgen-build.fingerprint': fingerprintOf(INPUTS),
      'io.xgen-build.inputs': JSON.stringify(summaryOf(INPUTS)),
    });
  });

  it.each([
    ['https://user:pass@git.example/a.git', 'https://git.example/a.git'],
    ['https://token@git.example/a.git', 'https://git.example/a.git'],
    ['ssh://git:pass@git.example:2222/a.git', 'ssh://git@git.example:2222/a.git'],
    ['git@git.example:xgen/a.git', 'git@git.example:xgen/a.git'],
    ['file:///srv/git/a.git', 'file:///srv/git/a.git'],
  ])('writes %s as %s', (repository, written) => {
    const labels = imageLabels({ ...INPUTS, repository });
    expect(labels['org.opencontainers.image.source']).toBe(written);
  });
});
