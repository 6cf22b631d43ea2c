import { expect, it } from 'vitest';
import { engineUnreachable } from '../../../src/adapters/engine/unreachable.ts';
import type { EngineEndpoint } from '../../../src/adapters/engine/endpoint.ts';

const missing = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' });

it.each([
  ['DOCKER_HOST', 'or set DOCKER_HOST to where it is'],
  ['the rootless socket', 'systemctl --user start docker'],
  ['the configuration', 'or correct docker.host in environments.yaml'],
])('says of an engine that %s named where to name another', (from, hint) => {
  const to = { kind: 'unix', path: '/x.sock' } as const;
  const endpoint: EngineEndpoint = { address: 'unix:///x.sock', from, to, isLocal: true, hostName: null };
  expect(engineUnreachable(endpoint, missing)).toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    hint: expect.stringContaining(hint),
  });
});
