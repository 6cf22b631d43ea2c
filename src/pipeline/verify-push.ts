import pLimit from 'p-limit';
import type { Manifest } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';
import { readManifest, type ManifestContent } from '../values/manifest.ts';
import { pushedManifest, pushError, type PushJob } from './push-job.ts';

const AT_ONCE = 8;

/**
 * Asks the registry for all that an image needs: every blob by HEAD, and every manifest of an index. A
 * registry can take a tag and lose a layer; then the next pull fails, long after the push said that all was well.
 * Returns the digest of the configuration for the plan's platform. Throws PUSH_UNVERIFIED.
 */
export async function verifyPush(job: PushJob, manifest: Manifest): Promise<Digest> {
  const limit = pLimit(AT_ONCE);
  const platform: string = job.plan.build.platform;
  const top = contentOf(job, manifest);
  const images =
    top.kind === 'image'
      ? [{ platform, image: top }]
      : await Promise.all(
          top.entries.map((entry) =>
            limit(async () => ({ platform: entry.platform, image: await imageAt(job, entry.digest) })),
          ),
        );
  const blobs = new Set(images.flatMap(({ image }) => [image.config, ...image.layers]));
  await Promise.all([...blobs].map((blob) => limit(() => requireBlob(job, blob))));
  const own = images.find((image) => image.platform === platform);
  if (own !== undefined) return own.image.config;
  throw unverified(job, `${manifest.digest} holds no image for ${platform}`);
}

type ImageContent = Extract<ManifestContent, { kind: 'image' }>;

async function imageAt(job: PushJob, digest: Digest): Promise<ImageContent> {
  const content = contentOf(job, await pushedManifest(job, digest));
  if (content.kind === 'image') return content;
  throw unverified(job, `${digest} is an index inside an index`);
}

function contentOf(job: PushJob, manifest: Manifest): ManifestContent {
  const content = readManifest(manifest.bytes);
  if (content === null) throw unverified(job, `${manifest.digest} is no manifest of an image`);
  return content;
}

async function requireBlob(job: PushJob, digest: Digest): Promise<void> {
  const { client, plan, context } = job;
  if (await client.hasBlob(plan.image.repository, digest, context.signal)) return;
  throw unverified(job, `the layer or configuration ${digest} is missing after its push`);
}

function unverified(job: PushJob, message: string): Error {
  return pushError(job, { code: 'PUSH_UNVERIFIED', message });
}
