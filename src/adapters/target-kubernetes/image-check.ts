import { messageOf } from '../../errors/xgen-error.ts';
import type { RegistryClient } from '../../ports/registry.ts';
import type { TargetImage } from '../../ports/target.ts';
import { isDigest, parseImage, type Digest } from '../../values/image-reference.ts';
import { readManifest } from '../../values/manifest.ts';
import type { Place } from './place.ts';

/** What the node says that a container runs: a digest, and the repository where it first met it. */
export interface RunningImage {
  readonly digest: Digest;
  readonly repository: { readonly host: string; readonly path: string } | null;
}

export type ImageVerdict =
  | { readonly kind: 'same' }
  /** `why` is null where the registry knows both and they differ. */
  | { readonly kind: 'other'; readonly why: string | null };

/** `docker.io/xgen/core@sha256:…`, `docker-pullable://…`, or a bare digest; null for anything else. */
export function parseImageId(imageId: string): RunningImage | null {
  const digest = /sha256:[0-9a-f]{64}$/.exec(imageId)?.[0];
  if (digest === undefined || !isDigest(digest)) return null;
  const name = imageId.replace(/^[a-z-]+:\/\//, '');
  const parsed = name.includes('@') ? parseImage(name) : null;
  return { digest, repository: parsed === null ? null : { host: parsed.host, path: parsed.path } };
}

export type CheckImage = (imageId: string) => Promise<ImageVerdict>;

/**
 * Whether what a pod runs is what was pushed: the digest itself, the index that holds it, or (containerd names the first
 * reference that it knows for the same content) a manifest with the same configuration. The registry is asked only where
 * the digests differ, once for each.
 */
export function createImageCheck(place: Place, image: TargetImage, signal: AbortSignal): CheckImage {
  const known = new Map<Digest, Promise<ImageVerdict>>();
  return async (imageId) => {
    const running = parseImageId(imageId);
    if (running === null) return { kind: 'other', why: `the node calls it ${imageId}` };
    if (running.digest === image.digest) return { kind: 'same' };
    const asked = known.get(running.digest) ?? compare(place, { image, running, signal });
    known.set(running.digest, asked);
    return asked;
  };
}

interface Comparison {
  readonly image: TargetImage;
  readonly running: RunningImage;
  readonly signal: AbortSignal;
}

async function compare(place: Place, comparison: Comparison): Promise<ImageVerdict> {
  const { image, running, signal } = comparison;
  try {
    const pushed = await contentOf(place, { ...image.reference, digest: image.digest }, signal);
    if (pushed === null) return { kind: 'other', why: 'the registry does not have the pushed image any more' };
    if (pushed.holds.includes(running.digest) || pushed.config === running.digest) return { kind: 'same' };
    const runs = await runningContent(place, comparison);
    if (runs === null) return { kind: 'other', why: 'the registry does not know what runs' };
    const isSame = runs.holds.includes(image.digest) || (runs.config !== null && runs.config === pushed.config);
    return isSame ? { kind: 'same' } : { kind: 'other', why: null };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'other', why: `the registry could not be asked: ${messageOf(error)}` };
  }
}

interface Content {
  /** Digests of the manifests in an index. */
  readonly holds: readonly Digest[];
  readonly config: Digest | null;
}

/** Where the node met it, else in the service's own repository. */
async function runningContent(place: Place, { image, running, signal }: Comparison): Promise<Content | null> {
  const { host, path } = image.reference;
  const own = await contentOf(place, { host, path, digest: running.digest }, signal);
  if (own !== null || running.repository === null) return own;
  return contentOf(place, { ...running.repository, digest: running.digest }, signal);
}

async function contentOf(
  place: Place,
  { host, path, digest }: { host: string; path: string; digest: Digest },
  signal: AbortSignal,
): Promise<Content | null> {
  const client = registryOf(place, host);
  const manifest = await client.getManifest(path, digest, signal);
  if (manifest === null) return null;
  const content = readManifest(manifest.bytes);
  if (content?.kind === 'image') return { holds: [], config: content.config };
  const holds = (content?.entries ?? []).map((entry) => entry.digest);
  const platform = `linux/${place.target.arch}`;
  const config = await client.getConfig({ repository: path, reference: digest, platform, signal });
  return { holds, config: config?.digest ?? null };
}

/** The registry of an image, by whatever name the target knows it. */
export function registryOf({ target, tools }: Place, host: string): RegistryClient {
  const { registry } = target;
  const isOwn = host === registry.pullHost || host === registry.host;
  return isOwn ? tools.registries.open(registry) : tools.registries.openHost(host);
}
