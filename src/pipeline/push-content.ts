import type { BuildObserver, BuiltImage, Published } from '../ports/builder.ts';
import type { Login } from '../ports/credentials.ts';
import type { Manifest } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';
import { bytesText } from '../values/size.ts';
import { imageAt, pushedManifest, putTag, requireOwnership, say, warn, type PushJob } from './push-job.ts';

const NOTHING_SENT = { layersPushed: 0, layersTotal: 0, bytesPushed: 0 } as const;

/** The image's way into the registry: the first time by the engine, then by its manifest alone. */
export function createContent(job: PushJob, { image, login }: { image: BuiltImage; login: Login | null }) {
  let sent: Published | null = null;
  let manifest: Manifest | null = null;
  return {
    /** The manifest, out of the registry: proves that it is there. */
    read: async (digest: Digest): Promise<Manifest> => {
      manifest ??= await pushedManifest(job, digest);
      return manifest;
    },
    sent: () => sent ?? NOTHING_SENT,
    write: async (tag: string): Promise<Digest> => {
      await requireOwnership(job);
      say(job, tag);
      if (manifest !== null) {
        await putTag(job, manifest, tag);
        return manifest.digest;
      }
      sent = await image.publish(imageAt(job.plan, tag), login, observe(job, tag));
      manifest = await job.client.getManifest(job.plan.image.repository, sent.digest, job.context.signal);
      return sent.digest;
    },
  };
}

function observe(job: PushJob, tag: string): BuildObserver {
  return {
    signal: job.context.signal,
    onProgress: (progress) => {
      if (progress.kind === 'warning') warn(job, progress.text);
      if (progress.kind !== 'transfer') return;
      const total = progress.totalBytes === null ? '' : ` of ${bytesText(progress.totalBytes)}`;
      say(job, `${tag}: ${bytesText(progress.doneBytes)}${total}`);
    },
  };
}
