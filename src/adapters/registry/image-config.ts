import type { ImageConfig } from '../../ports/registry.ts';
import type { Digest } from '../../values/image-reference.ts';
import { readImageConfig, readManifest, type IndexEntry, type ManifestContent } from '../../values/manifest.ts';
import { readBlob } from './blobs.ts';
import { getManifest, type ManifestPlace } from './manifests.ts';
import { registryError } from './registry-error.ts';
import type { RegistrySession } from './session.ts';

/** The configuration for a platform; null where the image, or the platform, is not there. */
export async function getConfig(
  session: RegistrySession,
  place: ManifestPlace & { platform: string },
): Promise<ImageConfig | null> {
  const found = await readAt(session, place);
  if (found === null) return null;
  if (found.content.kind === 'index') {
    const entry = found.content.entries.find((one) => isFor(one.platform, place.platform));
    return entry === undefined ? null : configOf(session, { ...place, reference: entry.digest });
  }
  const config = await configOf(session, place);
  return config !== null && isFor(config.platform, place.platform) ? config : null;
}

/** The platforms that an image is for; null where it is not there. */
export async function platformsOf(session: RegistrySession, place: ManifestPlace): Promise<readonly string[] | null> {
  const found = await readAt(session, place);
  if (found === null) return null;
  if (found.content.kind === 'index') return found.content.entries.filter(isRunnable).map((entry) => entry.platform);
  const config = await configOf(session, place);
  return config === null ? null : [config.platform];
}

/** What BuildKit attaches to an image (provenance, SBOM) is in the index too, for no platform. */
function isRunnable(entry: IndexEntry): boolean {
  return !entry.platform.startsWith('unknown/');
}

/** `linux/arm` asks for any variant, `linux/arm/v7` for that one. */
function isFor(platform: string, asked: string): boolean {
  return platform === asked || platform.startsWith(`${asked}/`);
}

interface Found {
  readonly digest: Digest;
  readonly content: ManifestContent;
}

async function readAt(session: RegistrySession, place: ManifestPlace): Promise<Found | null> {
  const manifest = await getManifest(session, place);
  if (manifest === null) return null;
  const content = readManifest(manifest.bytes);
  if (content !== null) return { digest: manifest.digest, content };
  throw registryError(session.where, {
    code: 'REGISTRY_FAILED',
    message: `${session.where.host}/${place.repository} at ${place.reference} has a manifest of a type that is not understood`,
    hint: 'push it again with a docker of today: the old schema 1 says nothing reliable of its platform',
  });
}

async function configOf(session: RegistrySession, place: ManifestPlace): Promise<ImageConfig | null> {
  const found = await readAt(session, place);
  if (found === null || found.content.kind === 'index') return null;
  const { config: digest } = found.content;
  const bytes = await readBlob(session, { ...place, digest });
  const config = bytes === null ? null : readImageConfig(bytes);
  return config === null ? null : { digest, manifestDigest: found.digest, ...config };
}
