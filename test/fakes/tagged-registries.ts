import type { ImageConfig, Registries, RegistryClient } from '../../src/ports/registry.ts';
import type { Digest } from '../../src/values/image-reference.ts';

export interface TaggedImage {
  readonly digest: Digest;
  /** `linux/amd64` by default. */
  readonly platform?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Registries that all hold the same images, by tag, in every repository. Nothing can be written. */
export function taggedRegistries(tags: Readonly<Record<string, TaggedImage>>): Registries {
  const find = (reference: string): TaggedImage | undefined =>
    tags[reference] ?? Object.values(tags).find(({ digest }) => digest === reference);
  const refuse = () => Promise.reject(new Error('nothing may be written here'));
  const client: RegistryClient = {
    host: 'registry.test',
    ping: () => Promise.resolve(),
    headManifest: (_repository, reference) => Promise.resolve(find(reference)?.digest ?? null),
    getManifest: () => Promise.resolve(null),
    putManifest: refuse,
    deleteManifest: refuse,
    hasBlob: () => Promise.resolve(true),
    getConfig: ({ reference, platform }) => Promise.resolve(configOf(find(reference), platform)),
    platforms: (_repository, reference) => {
      const image = find(reference);
      return Promise.resolve(image === undefined ? null : [image.platform ?? 'linux/amd64']);
    },
    listTags: () => Promise.resolve(Object.keys(tags)),
    checkWritable: refuse,
  };
  return { open: () => client, openHost: () => client };
}

function configOf(image: TaggedImage | undefined, platform: string): ImageConfig | null {
  if (image === undefined || (image.platform ?? 'linux/amd64') !== platform) return null;
  return {
    digest: image.digest,
    manifestDigest: image.digest,
    platform,
    labels: image.labels ?? {},
    created: null,
  };
}
