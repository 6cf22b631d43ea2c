import { describe, expect, it } from 'vitest';
import { resolveDeployImage } from '../../src/pipeline/rollout-image.ts';
import { rolloutPlan } from '../fakes/rollout-context.ts';
import { numbered } from '../fakes/scripted-target.ts';
import { taggedRegistries, type TaggedImage } from '../fakes/tagged-registries.ts';

const [b41, b42] = [numbered(41), numbered(42)];
const labels = { 'org.opencontainers.image.revision': 'c'.repeat(40) };
const signal = new AbortController().signal;

async function resolve(tags: Readonly<Record<string, TaggedImage>>, to: number | null) {
  return resolveDeployImage({ plan: rolloutPlan(), to, registries: taggedRegistries(tags), signal });
}

describe('the image that is deployed', () => {
  it('is the one of the number, with the commit that its label names', async () => {
    const found = await resolve({ 'b41-amd64': { digest: b41.digest, labels } }, 41);
    expect(found).toStrictEqual({ number: 41, commit: 'c'.repeat(40), digest: b41.digest, tag: 'b41-amd64' });
  });

  it('is what the moving tag names, and its number is found among the tags', async () => {
    const tags = {
      'latest-amd64': { digest: b41.digest, labels },
      'b42-amd64': { digest: b42.digest },
      'b41-amd64': { digest: b41.digest, labels },
      'b50-arm64': { digest: b41.digest },
    };
    expect(await resolve(tags, null)).toMatchObject({ number: 41, digest: b41.digest, tag: 'latest-amd64' });
    expect(await resolve({ 'latest-amd64': { digest: b41.digest } }, null)).toMatchObject({
      number: null,
      commit: null,
    });
  });

  it('is missing: the newest numbers that are there are named', async () => {
    const tags = Object.fromEntries([9, 10, 3, 4, 5, 6].map((n) => [`b${String(n)}-amd64`, { digest: b41.digest }]));
    await expect(resolve(tags, 41)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: 'registry.test/xgen/main/xgen-core:b41-amd64 is not in the registry',
      hint: 'the newest that are there: b10, b9, b6, b5, b4',
    });
    await expect(resolve({}, null)).rejects.toMatchObject({ hint: 'build it first: xgen-build xgen-core --site main' });
  });

  it('is refused where it is for another platform (defect 6)', async () => {
    const arm = { 'b41-amd64': { digest: b41.digest, platform: 'linux/arm64' } };
    await expect(resolve(arm, 41)).rejects.toThrow('is there, but not for linux/amd64');
  });
});
