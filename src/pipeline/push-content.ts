import { XgenError } from '../errors/xgen-error.ts';
import type { BuiltImage, Published, PushObserver } from '../ports/builder.ts';
import type { Login } from '../ports/credentials.ts';
import type { Manifest } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';
import { bytesText } from '../values/size.ts';
import { headTag, imageAt, pushedManifest, putTag, requireOwnership, say, warn, type PushJob } from './push-job.ts';
import { watchTag } from './tag-watch.ts';

const NOTHING_SENT = { layersPushed: 0, layersTotal: 0, bytesPushed: 0 } as const;

/** `wentOver`: another image that was seen at the tag and that this write went over. */
export type TagWrite =
  | { readonly status: 'written'; readonly digest: Digest; readonly wentOver: Digest | null }
  | { readonly status: 'taken' };

/** The image's way into the registry: the first time by the engine, then by its manifest alone. */
export function createContent(
  job: PushJob,
  { image, login, written }: { image: BuiltImage; login: Login | null; written: Set<Digest> },
) {
  let sent: Published | null = null;
  let reading: Promise<Manifest | null> = Promise.resolve(null);
  return {
    /** The manifest, out of the registry: proves that it is there. */
    read: async (digest: Digest): Promise<Manifest> => {
      const manifest = (await reading) ?? (await pushedManifest(job, digest));
      reading = Promise.resolve(manifest);
      return manifest;
    },
    sent: () => sent ?? NOTHING_SENT,
    write: async (tag: string): Promise<TagWrite> => {
      await requireOwnership(job);
      say(job, tag);
      const manifest = await reading;
      if (manifest !== null) {
        if ((await headTag(job, tag)) !== null) return { status: 'taken' };
        await putTag(job, manifest, tag);
        return { status: 'written', digest: manifest.digest, wentOver: null };
      }
      const upload = await publish(job, { image, login, tag });
      if (upload.status === 'taken') return upload;
      sent = upload.published;
      written.add(sent.digest);
      // Read while the tags are looked at; a failure is heard of where it is waited for.
      reading = job.client.getManifest(job.plan.image.repository, sent.digest, job.context.signal);
      reading.catch(() => undefined);
      return { status: 'written', digest: sent.digest, wentOver: upload.wentOver };
    },
  };
}

type Upload = { status: 'taken' } | { status: 'sent'; published: Published; wentOver: Digest | null };

/** The engine's push, given up where another build writes the tag meanwhile. */
async function publish(
  job: PushJob,
  { image, login, tag }: { image: BuiltImage; login: Login | null; tag: string },
): Promise<Upload> {
  const watch = watchTag(job, { tag, imageId: image.id });
  try {
    const published = await image.publish(imageAt(job.plan, tag), login, observe(job, tag, watch.signal));
    await watch.stop();
    const found = watch.found();
    return { status: 'sent', published, wentOver: found === published.digest ? null : found };
  } catch (error) {
    await watch.stop();
    if (watch.found() === null || job.context.signal.aborted) throw error;
    return { status: 'taken' };
  }
}

function observe(job: PushJob, tag: string, signal: AbortSignal): PushObserver {
  return {
    signal,
    whyRefused: async () => whyRefused(job),
    onProgress: (progress) => {
      if (progress.kind === 'warning') warn(job, progress.text);
      if (progress.kind !== 'transfer') return;
      const total = progress.totalBytes === null ? '' : ` of ${bytesText(progress.totalBytes)}`;
      say(job, `${tag}: ${bytesText(progress.doneBytes)}${total}`);
    },
  };
}

/** Asked beside an upload that the registry does not take: whether it takes any. */
async function whyRefused({ client, plan, context }: PushJob): Promise<XgenError | null> {
  try {
    await client.checkWritable(plan.image.repository, context.signal);
    return null;
  } catch (error) {
    const isRefusal = error instanceof XgenError && REFUSALS.includes(error.code);
    return isRefusal ? error : null;
  }
}

const REFUSALS: readonly string[] = ['REGISTRY_WRITE_REFUSED', 'REGISTRY_LOGIN_REFUSED'];
