import { describe, expect, test } from 'vitest';
import { RegistryError, XgenError } from '../../src/errors/xgen-error.ts';
import { checkBasePlatforms, readBaseDigests } from '../../src/pipeline/base-images.ts';
import { createLooks } from '../../src/pipeline/looks.ts';
import type { Builder } from '../../src/ports/builder.ts';
import type { Registries } from '../../src/ports/registry.ts';
import { shortPlatform } from '../../src/values/arch.ts';
import { planFor } from '../fakes/build-plan.ts';
import { taggedRegistries } from '../fakes/tagged-registries.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}` as const;
const refuse = async () => Promise.reject(new Error('not asked here'));
const builder: Builder = {
  info: async () => ({ version: 'docker 1', endpoint: 'unix:///s', arch: 'arm64', isInsecure: async () => false }),
  inspectLocal: async ({ path }) => (path === 'library/here' ? { platform: 'linux/amd64', digest: DIGEST } : null),
  build: refuse,
  removeLeftovers: async () => 0,
};
const registries = taggedRegistries({ '1': { digest: DIGEST }, arm: { digest: DIGEST, platform: 'linux/arm64' } });

interface Case {
  readonly image: string;
  readonly platform?: string | null;
  readonly build?: Parameters<typeof planFor>[0];
  readonly registries?: Registries;
}

async function check(one: Case) {
  const bases = [{ image: one.image, platform: one.platform ?? null }];
  const ports = { registries: one.registries ?? registries, builder };
  const looks = createLooks(AbortSignal.timeout(1_000));
  const all = { plan: planFor(one.build), bases, ports, looks };
  await checkBasePlatforms(all);
  return readBaseDigests(all);
}

async function errorOf(one: Case): Promise<XgenError> {
  const thrown: unknown = await check(one).catch((error: unknown) => error);
  if (thrown instanceof XgenError) return thrown;
  throw new Error('expected an error');
}

describe('a base image is good', () => {
  test.each<[string, Case]>([
    ['when it is for the platform of the build', { image: 'r.example.com/base:1' }],
    ['when FROM names its platform', { image: 'r.example.com/base:arm', platform: 'linux/arm64/v8' }],
    [
      "when it is for the builder's own platform, and FROM asks for that",
      { image: 'r.example.com/base:arm', platform: '$BUILDPLATFORM' },
    ],
    ["when the engine's own store has it, and that is asked", { image: 'here', build: { pull: false } }],
  ])('%s', async (_, one) => {
    expect(await check(one)).toEqual([{ image: one.image, digest: DIGEST }]);
  });
});

test('a base image is asked for once, however many builds of a run stand on it', async () => {
  const asked: string[] = [];
  const client = registries.openHost('x');
  const counting = {
    ...client,
    headManifest: async (repository: string, reference: string, signal: AbortSignal) => {
      asked.push(`${repository}:${reference}`);
      return client.headManifest(repository, reference, signal);
    },
  };
  const looks = createLooks(AbortSignal.timeout(1_000));
  const bases = [{ image: 'r.example.com/base:1', platform: null }];
  const ports = { registries: { open: () => counting, openHost: () => counting }, builder };
  const all = await Promise.all(
    ['a', 'b', 'c'].map((service) => readBaseDigests({ plan: { ...planFor(), service }, bases, ports, looks })),
  );
  expect(all.flat()).toEqual(Array.from({ length: 3 }, () => ({ image: 'r.example.com/base:1', digest: DIGEST })));
  expect(asked).toEqual(['base:1']);
});

describe('a base image is refused', () => {
  test('when it is for another platform, with what to change', async () => {
    const error = await errorOf({ image: 'r.example.com/base:arm', build: { args: { BASE_HOST: 'r.example.com' } } });
    expect(error).toMatchObject({ code: 'BASE_IMAGE_PLATFORM', facts: { wanted: 'linux/amd64' } });
    expect(error.message).toContain('is for linux/arm64, and the build is for linux/amd64');
    expect(error.hint).toMatch(/--arch arm64; it is named by the build argument BASE_HOST/);
  });

  test.each<[string, Case, RegExp]>([
    ['when its registry does not have it', { image: 'r.example.com/base:9' }, /is not in its registry$/],
    ["when the engine's store does not have it", { image: 'gone', build: { pull: false } }, /own store/],
  ])('%s', async (_, one, message) => {
    const error = await errorOf(one);
    expect(error.code).toBe('BASE_IMAGE_MISSING');
    expect(error.message).toMatch(message);
  });

  test.each([
    ['REGISTRY_LOGIN_REFUSED', 'BASE_IMAGE_MISSING'],
    ['REGISTRY_UNREACHABLE', 'REGISTRY_UNREACHABLE'],
    ['REGISTRY_FAILED', 'REGISTRY_FAILED'],
  ] as const)('when the registry says %s: %s, with its name', async (code, expected) => {
    const client = taggedRegistries({}).openHost('x');
    const platforms = async () => Promise.reject(new RegistryError({ code, message: 'the registry said no' }));
    const failing = { ...client, platforms };
    const error = await errorOf({
      image: 'r.example.com/base:1',
      registries: { open: () => failing, openHost: () => failing },
    });
    expect(error.code).toBe(expected);
    expect(error.message).toContain('r.example.com/base:1');
  });

  test('when its name is none', async () => {
    expect((await errorOf({ image: 'Not A Name' })).code).toBe('DOCKERFILE_INVALID');
  });
});

test.each([
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/amd64', 'linux/amd64'],
  ['arm64', 'linux/arm64'],
])('%s is %s', (platform, expected) => {
  expect(shortPlatform(platform)).toBe(expected);
});
