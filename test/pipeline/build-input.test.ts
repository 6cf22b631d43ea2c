import { describe, expect, test } from 'vitest';
import { buildEvents } from '../../src/pipeline/build-events.ts';
import { buildInputOf, buildOfLocalTag, localTagOf, loginFinder } from '../../src/pipeline/build-input.ts';
import type { Credentials } from '../../src/ports/credentials.ts';
import type { BuildEventBody } from '../../src/ports/events.ts';
import { formatImage } from '../../src/values/image-reference.ts';
import { planFor } from '../fakes/build-plan.ts';

const none = async () => null;

function inputFor(build: Parameters<typeof planFor>[0]) {
  return buildInputOf({
    plan: planFor(build),
    buildId: 'build-7',
    sharedKey: 'tree-1',
    contextDirectory: '/tree',
    labels: { a: 'b' },
    loginFor: none,
    readSecret: async ({ id }) => Buffer.from(`value of ${id}`),
  });
}

describe('what the builder is told', () => {
  test.each([
    ['an ordinary build', {}, { target: null, noCache: false, pull: true, platform: 'linux/amd64' }],
    ['another architecture', { arch: 'arm64', platform: 'linux/arm64' }, { platform: 'linux/arm64' }],
    ['a stage', { target: 'release' }, { target: 'release' }],
    ['no cache', { noCache: true }, { noCache: true }],
    ["the engine's own base images", { pull: false }, { pull: false }],
    ['arguments', { args: { TARGETARCH: 'amd64', X: '1' } }, { args: { TARGETARCH: 'amd64', X: '1' } }],
    ['a folder of the repository', { context: 'services/a' }, { sharedKey: 'tree-1 services/a' }],
  ] as const)('%s', (_, build, expected) => {
    expect(inputFor(build)).toMatchObject({ contextDirectory: '/tree', labels: { a: 'b' }, ...expected });
  });

  test('the commit comes as an argument too, unless the configuration has one of that name', () => {
    const labels = { 'org.opencontainers.image.revision': '5d6e7f8' };
    const parts = { buildId: 'b', sharedKey: 's', contextDirectory: '/tree', labels, loginFor: none };
    const argsOf = (args: Record<string, string>) =>
      buildInputOf({ ...parts, plan: planFor({ args }), readSecret: async () => Buffer.alloc(0) }).args;
    expect(argsOf({ X: '1' })).toEqual({ X: '1', APP_COMMIT: '5d6e7f8' });
    expect(argsOf({ APP_COMMIT: 'fixed' })).toEqual({ APP_COMMIT: 'fixed' });
  });

  test('secrets are read only when they are asked for', async () => {
    const { secrets } = inputFor({ secrets: [{ id: 'npm', kind: 'env', variable: 'NPM_TOKEN' }] });
    expect(secrets.map(({ id }) => id)).toEqual(['npm']);
    expect((await secrets[0]?.read())?.toString()).toBe('value of npm');
  });

  test('the local tag tells the build that it belongs to', () => {
    const tag = formatImage(localTagOf('xgen-core', 'b-1.2_3'));
    expect(tag).toBe('xgen-build.local/xgen-core:b-1.2_3');
    expect(buildOfLocalTag(tag)).toBe('b-1.2_3');
    expect(buildOfLocalTag('docker.example.com/xgen-core:b1')).toBeNull();
  });
});

describe('the login for a registry', () => {
  const credentials: Credentials = {
    require: async (id) => ({ username: id, password: 'p', from: 'required' }),
    find: async (use) => (use.kind === 'registry' ? { username: use.host, password: 'p', from: 'found' } : null),
  };

  test("is the plan's own for the plan's registry, and what the Docker configuration knows elsewhere", async () => {
    const loginFor = loginFinder(planFor(), credentials);
    expect(await loginFor('docker.example.com')).toMatchObject({ username: 'nexus-credentials', from: 'required' });
    expect(await loginFor('docker.io')).toMatchObject({ username: 'docker.io', from: 'found' });
  });
});

test('steps are numbered as they first appear, and their output carries the number', () => {
  const events: BuildEventBody[] = [];
  const tell = buildEvents('build', (event) => events.push(event));
  const step = { kind: 'step', durationMs: null, error: null } as const;
  tell({ ...step, id: 'x', name: '[1/2] FROM  a', status: 'cached' });
  tell({ ...step, id: 'y', name: '[2/2] RUN a \\\n  b', status: 'started' });
  tell({ kind: 'log', id: 'y', stream: 'stdout', text: 'hi\n' });
  tell({ kind: 'log', id: 'unknown', stream: 'stderr', text: '?' });
  tell({ ...step, id: 'y', name: '[2/2] RUN a', status: 'completed', durationMs: 12 });
  tell({ kind: 'transfer', what: 'build context', doneBytes: 12_340_000, totalBytes: null });
  tell({ kind: 'transfer', what: 'base image a', doneBytes: 1_000_000, totalBytes: 2_000_000 });
  tell({ kind: 'warning', text: 'careful' });
  expect(events).toEqual([
    { kind: 'step', stage: 'build', step: 1, name: '[1/2] FROM a', status: 'cached', durationMs: null },
    { kind: 'step', stage: 'build', step: 2, name: '[2/2] RUN a \\ b', status: 'started', durationMs: null },
    { kind: 'log', stage: 'build', step: 2, stream: 'stdout', text: 'hi\n' },
    { kind: 'log', stage: 'build', step: 0, stream: 'stderr', text: '?' },
    { kind: 'step', stage: 'build', step: 2, name: '[2/2] RUN a', status: 'completed', durationMs: 12 },
    { kind: 'stage-progress', stage: 'build', detail: 'build context 12.3 MB' },
    { kind: 'stage-progress', stage: 'build', detail: 'base image a 1.0 of 2.0 MB' },
    { kind: 'warning', stage: 'build', message: 'careful' },
  ]);
});
