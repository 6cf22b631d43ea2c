import { isDigest, type Digest } from './image-reference.ts';

/** The four manifest types of today's registries: image and index, by Docker's and by OCI's name. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/** One image of an index. */
export interface IndexEntry {
  readonly digest: Digest;
  /** `linux/amd64`; `unknown/unknown` for what is no image to run, as BuildKit's attestations. */
  readonly platform: string;
}

export type ManifestContent =
  | { readonly kind: 'index'; readonly entries: readonly IndexEntry[] }
  | {
      readonly kind: 'image';
      readonly config: Digest;
      /** Without the layers that are fetched from elsewhere (Windows base images): a registry need not hold those. */
      readonly layers: readonly Digest[];
    };

/**
 * What a manifest names. Null for text that is no manifest of these types (schema 1 among them): the answer of a
 * registry is not trusted to be one.
 */
export function readManifest(bytes: Buffer): ManifestContent | null {
  const manifest = parseObject(bytes);
  if (manifest === null) return null;
  if (Array.isArray(manifest['manifests'])) return readIndex(manifest['manifests']);
  const config = asObject(manifest['config'])?.['digest'];
  const layers = manifest['layers'];
  if (typeof config !== 'string' || !isDigest(config) || !Array.isArray(layers)) return null;
  const held: Digest[] = [];
  for (const layer of layers) {
    const digest = asObject(layer)?.['digest'];
    if (typeof digest !== 'string' || !isDigest(digest)) return null;
    if (!isForeign(asObject(layer)?.['mediaType'])) held.push(digest);
  }
  return { kind: 'image', config, layers: held };
}

/** The media type that a manifest says of itself, or null. */
export function mediaTypeIn(bytes: Buffer): string | null {
  const type = parseObject(bytes)?.['mediaType'];
  return typeof type === 'string' ? type : null;
}

/** What an image's configuration says, or null for text that is none. */
export function readImageConfig(
  bytes: Buffer,
): { platform: string; labels: Readonly<Record<string, string>>; created: string | null } | null {
  const config = parseObject(bytes);
  if (config === null) return null;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(asObject(asObject(config['config'])?.['Labels']) ?? {})) {
    if (typeof value === 'string') labels[name] = value;
  }
  const created = config['created'];
  return { platform: platformIn(config), labels, created: typeof created === 'string' ? created : null };
}

function readIndex(manifests: readonly unknown[]): ManifestContent | null {
  const entries: IndexEntry[] = [];
  for (const entry of manifests) {
    const digest = asObject(entry)?.['digest'];
    if (typeof digest !== 'string' || !isDigest(digest)) return null;
    entries.push({ digest, platform: platformIn(asObject(asObject(entry)?.['platform']) ?? {}) });
  }
  return { kind: 'index', entries };
}

/**
 * Platforms are compared as text, so those that mean the same get one name: containerd writes `arm64/v8` or `arm64`,
 * and older tools `x86_64` and `aarch64`.
 */
function platformIn(named: Readonly<Record<string, unknown>>): string {
  const word = (key: string): string => {
    const value = named[key];
    return typeof value === 'string' && /^[\w.-]{1,40}$/.test(value) ? value : '';
  };
  const aliases: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
  const arch = aliases[word('architecture')] ?? word('architecture');
  const variant = arch === 'arm64' && word('variant') === 'v8' ? '' : word('variant');
  const platform = `${word('os') || 'unknown'}/${arch || 'unknown'}`;
  return variant === '' ? platform : `${platform}/${variant}`;
}

function isForeign(mediaType: unknown): boolean {
  return typeof mediaType === 'string' && /\.(?:foreign|nondistributable)\./.test(mediaType);
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
