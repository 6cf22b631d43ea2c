import { expect, test } from 'vitest';
import { isInsecure, isOlder, readRegistryRules } from '../../../src/adapters/buildkit/builder-info.ts';
import { basesIn } from '../../../src/adapters/buildkit/create-builder.ts';

test.each([
  ['1.38', true],
  ['1.39', false],
  ['1.41', false],
  ['2.0', false],
  ['', true],
])('API %s is too old: %s', (api, expected) => {
  expect(isOlder(api)).toBe(expected);
});

const rules = readRegistryRules({
  InsecureRegistryCIDRs: ['127.0.0.0/8', '10.1.0.0/16', '::1/128'],
  IndexConfigs: {
    'docker.io': { Secure: true },
    'plain.example.com:5000': { Secure: false },
    '127.0.0.1:9999': { Secure: true },
  },
});

test.each([
  ['docker.io', false],
  ['plain.example.com:5000', true],
  ['127.0.0.1:5000', true],
  ['127.0.0.1:9999', false],
  ['10.1.2.3', true],
  ['10.2.2.3:80', false],
  ['localhost:5000', true],
  ['[::1]:5000', true],
])('the engine reaches %s without TLS: %s', async (host, expected) => {
  expect(await isInsecure(rules, host)).toBe(expected);
});

test('base images and their digests are read from the names of steps', () => {
  const digest = `sha256:${'1f'.repeat(32)}`;
  expect(
    basesIn([
      '[internal] load metadata for r.example.com/base:1',
      `[builder 1/3] FROM r.example.com/base:1@${digest}`,
      '[stage-1 1/2] FROM docker.io/library/python:3.14',
      `FROM r.example.com/tool:2@${digest}`,
      '[builder 2/3] RUN echo FROM nothing',
    ]),
  ).toEqual([
    { image: 'r.example.com/base:1', digest },
    { image: 'docker.io/library/python:3.14', digest: null },
    { image: 'r.example.com/tool:2', digest },
  ]);
});
