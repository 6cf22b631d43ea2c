import { expect, it } from 'vitest';
import { judgePull } from '../../../src/adapters/target-kubernetes/pull-failure.ts';

const IMAGE = 'registry.test:5000/xgen/main/xgen-core:latest-amd64';
const unpack = 'failed to pull and unpack image "r:1": failed to resolve reference "r:1": ';

// Words of kubelet 1.34 with containerd 1.6 and 2.0, and with CRI-O and dockershim.
it.each<[string, string, string, RegExp, boolean]>([
  [
    `rpc error: code = NotFound desc = ${unpack}r:1: not found`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /is not in the registry$/,
    true,
  ],
  [
    'manifest for r:1 not found: manifest unknown: manifest unknown',
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /is not in the registry$/,
    true,
  ],
  [
    `${unpack}pulling from host registry.test:5000 failed with status code [manifests latest]: 401 Unauthorized`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /wants a login, and the pod has no pull secret$/,
    true,
  ],
  [
    `${unpack}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /wants a login/,
    true,
  ],
  [
    `${unpack}failed to do request: Head "https://127.0.0.1:5000/v2/x/manifests/1": http: server gave HTTP response to HTTPS client`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /speaks plain HTTP, and the node expects HTTPS$/,
    true,
  ],
  [
    `${unpack}failed to do request: Head "https://r/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /does not trust the certificate/,
    true,
  ],
  [
    'Failed to apply default image tag "UPPER/x y": couldn\'t parse image name "UPPER/x y": invalid reference format',
    'InvalidImageName',
    'ROLLOUT_PULL_FAILED',
    /is no name of an image$/,
    true,
  ],
  [
    'Container image "r:1" is not present with pull policy of Never',
    'ErrImageNeverPull',
    'ROLLOUT_PULL_POLICY',
    /imagePullPolicy is Never$/,
    true,
  ],
  [
    `${unpack}no match for platform in manifest: not found`,
    'ErrImagePull',
    'ROLLOUT_WRONG_ARCH',
    /for the architecture of the node$/,
    true,
  ],
  [
    `${unpack}failed to do request: Head "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /cannot get .* from the registry registry\.test:5000$/,
    false,
  ],
  [
    `${unpack}failed to do request: Head "https://registry.tst/v2/": dial tcp: lookup registry.tst: no such host`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /cannot get/,
    false,
  ],
  [
    `${unpack}unexpected status from HEAD request to http://r/v2/x: 503 Service Unavailable`,
    'ErrImagePull',
    'ROLLOUT_PULL_FAILED',
    /cannot get/,
    false,
  ],
  ['something that nobody has seen yet', 'ErrImagePull', 'ROLLOUT_PULL_FAILED', /^the node cannot pull/, false],
])('reads %j', (...[words, reason, code, message, isCertain]) => {
  const verdict = judgePull({ words, reason, image: IMAGE, pullSecrets: [], namespace: 'xgen' });
  expect(verdict).toMatchObject({ code, isCertain, message: expect.stringMatching(message) as string });
  expect(verdict.hint).not.toBe('');
});

it('names the pull secret that has no right', () => {
  const verdict = judgePull({
    words: '401 Unauthorized',
    reason: 'ErrImagePull',
    image: IMAGE,
    pullSecrets: ['nexus'],
    namespace: 'xgen',
  });
  expect(verdict.message).toContain('does not let the pull secret nexus read');
  expect(verdict.hint).toContain('kubectl -n xgen get secret nexus');
});
