import { describe, expect, it } from 'vitest';
import { createImageCheck, parseImageId } from '../../../src/adapters/target-kubernetes/image-check.ts';
import type { Place } from '../../../src/adapters/target-kubernetes/place.ts';
import type { Manifest, RegistryClient } from '../../../src/ports/registry.ts';
import type { Digest } from '../../../src/values/image-reference.ts';
import { numbered } from '../../fakes/scripted-target.ts';
import { taggedRegistries } from '../../fakes/tagged-registries.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

const pushed = numbered(42);
const digest = (sign: string): Digest => `sha256:${sign.repeat(64)}`;
const CONFIG = digest('c');
const image = (config: Digest) => ({ config: { digest: config }, layers: [] });
const index = (...held: Digest[]) => ({
  manifests: held.map((one) => ({ digest: one, platform: { os: 'linux', architecture: 'amd64' } })),
});

/** A registry that holds manifests by digest, in every repository or in one. */
async function verdict(imageId: string, held: Readonly<Record<string, object>>, only?: string) {
  const asked: string[] = [];
  const manifestAt = (repository: string, reference: string): Manifest | null => {
    asked.push(`${repository}@${reference.slice(7, 9)}`);
    const content =
      only === undefined || only === repository || reference === pushed.digest ? held[reference] : undefined;
    if (content === undefined) return null;
    return { digest: reference as Digest, mediaType: '', bytes: Buffer.from(JSON.stringify(content)) };
  };
  const client: RegistryClient = {
    ...taggedRegistries({}).openHost(''),
    getManifest: (repository, reference) => Promise.resolve(manifestAt(repository, reference)),
  };
  const registries = { open: () => client, openHost: () => client };
  const place = { target: targetPlan(), tools: { registries } } as unknown as Place;
  const check = createImageCheck(place, pushed, new AbortController().signal);
  return { verdict: await check(imageId), again: await check(imageId), asked };
}

const own = (of: Digest): string => `registry.test/xgen/main/xgen-core@${of}`;

describe('what a node says that it runs', () => {
  it.each([
    [own(pushed.digest), 'registry.test', 'xgen/main/xgen-core'],
    [`docker-pullable://${own(pushed.digest)}`, 'registry.test', 'xgen/main/xgen-core'],
    [pushed.digest, undefined, undefined],
  ])('is read out of %s', (imageId, host, path) => {
    expect(parseImageId(imageId)).toStrictEqual({
      digest: pushed.digest,
      repository: host === undefined ? null : { host, path },
    });
  });

  it('is no digest where there is none', () => {
    expect(parseImageId('registry.test/xgen-core:latest')).toBeNull();
  });
});

describe('what runs is what was pushed', () => {
  it('where the digest is the same, and then nobody is asked', async () => {
    const { verdict: is, asked } = await verdict(own(pushed.digest), {});
    expect([is, asked]).toStrictEqual([{ kind: 'same' }, []]);
  });

  it.each<[string, Digest, Readonly<Record<string, object>>]>([
    [
      'it is the index that holds it',
      digest('1'),
      { [digest('1')]: index(pushed.digest), [pushed.digest]: image(CONFIG) },
    ],
    ['it is in the index that was pushed', digest('2'), { [pushed.digest]: index(digest('2')) }],
    [
      'it is another manifest of the same configuration',
      digest('3'),
      { [digest('3')]: image(CONFIG), [pushed.digest]: image(CONFIG) },
    ],
    ['it is named by its configuration', CONFIG, { [pushed.digest]: image(CONFIG) }],
  ])('where %s', async (_, runs, held) => {
    const { verdict: is, again, asked } = await verdict(own(runs), held);
    expect([is, again]).toStrictEqual([{ kind: 'same' }, { kind: 'same' }]);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('where the node met it in another repository', async () => {
    const held = { [digest('3')]: image(CONFIG), [pushed.digest]: image(CONFIG) };
    expect((await verdict(`registry.test/other/core@${digest('3')}`, held, 'other/core')).verdict).toStrictEqual({
      kind: 'same',
    });
  });

  it.each<[string, string, Readonly<Record<string, object>>, string | null]>([
    [
      'it is another image',
      own(digest('9')),
      { [digest('9')]: image(digest('8')), [pushed.digest]: image(CONFIG) },
      null,
    ],
    ['nobody knows it', own(digest('9')), { [pushed.digest]: image(CONFIG) }, 'the registry does not know what runs'],
    ['the pushed one is gone', own(digest('9')), {}, 'the registry does not have the pushed image any more'],
    ['the node has no digest', 'xgen-core:1', {}, 'the node calls it xgen-core:1'],
  ])('but not where %s', async (...[, imageId, held, why]) => {
    expect((await verdict(imageId, held)).verdict).toStrictEqual({ kind: 'other', why });
  });
});
