import { describe, expect, it } from 'vitest';
import { imageLabels } from '../../src/plan/labels.ts';

const COMMIT = 'a'.repeat(40);

describe('imageLabels', () => {
  it('says where the image is from, and nothing that differs between equal builds', () => {
    const source = 'https://gitlab.x2bee.com/xgen/xgen-core.git';
    expect(imageLabels({ source, commit: COMMIT, fingerprint: 'f1' })).toEqual({
      'org.opencontainers.image.source': source,
      'org.opencontainers.image.revision': COMMIT,
      'io.xgen-build.fingerprint': 'f1',
    });
  });

  it.each([
    ['https://user:pass@git.example/a.git', 'https://git.example/a.git'],
    ['https://token@git.example/a.git', 'https://git.example/a.git'],
    ['ssh://git:pass@git.example:2222/a.git', 'ssh://git@git.example:2222/a.git'],
    ['git@git.example:xgen/a.git', 'git@git.example:xgen/a.git'],
    ['file:///srv/git/a.git', 'file:///srv/git/a.git'],
  ])('writes %s as %s', (source, written) => {
    const labels = imageLabels({ source, commit: COMMIT, fingerprint: 'f1' });
    expect(labels['org.opencontainers.image.source']).toBe(written);
  });
});
