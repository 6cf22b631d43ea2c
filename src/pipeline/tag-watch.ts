import { AbortReason } from '../errors/abort-reason.ts';
import type { Digest } from '../values/image-reference.ts';
import { readManifest } from '../values/manifest.ts';
import { headTag, pushedManifest, type PushJob } from './push-job.ts';

/** Looks at a tag, over and over, while something long is on its way to it. */
export interface TagWatch {
  /** Aborted as soon as the tag is somebody else's, or the build is told to stop. */
  readonly signal: AbortSignal;
  /** Another's image that was seen at the tag; null: none. */
  readonly found: () => Digest | null;
  /** Ends the watch, and resolves once its last request is over. */
  stop(): Promise<void>;
}

/** Milliseconds between two looks: a few times as long as a look takes, so that a slow registry is not pressed. */
const SHORTEST_MS = 20;
const LONGEST_MS = 250;

/**
 * An upload takes seconds, in which another machine may push the same number, report it and be gone. So the tag is
 * looked at meanwhile: the upload is given up before it goes over the other's image. `imageId` tells our own image,
 * which is there a moment before the upload says so.
 */
export function watchTag(job: PushJob, { tag, imageId }: { tag: string; imageId: Digest }): TagWatch {
  const { signal, ports } = job.context;
  const taken = new AbortController();
  const stopped = new AbortController();
  const looking = AbortSignal.any([signal, stopped.signal]);
  let found: Digest | null = null;

  async function watch(): Promise<void> {
    const own: PushJob = { ...job, context: { ...job.context, signal: looking } };
    let seen: Digest | null = null;
    for (let pauseMs = SHORTEST_MS; seen === null;) {
      await ports.clock.sleep(pauseMs, looking);
      const begin = ports.clock.monotonicMs();
      seen = await headTag(own, tag);
      pauseMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, 3 * (ports.clock.monotonicMs() - begin)));
    }
    if (await isImage(own, { digest: seen, imageId })) return;
    found = seen;
    taken.abort(new AbortReason('superseded', `${tag} was taken by another build`));
  }

  // A look that fails says nothing of the tag; the registry's trouble is the upload's to report.
  const end = watch().catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, taken.signal]),
    found: () => found,
    stop: async () => {
      stopped.abort(new AbortReason('canceled', 'the watch is over'));
      await end;
    },
  };
}

/**
 * An engine names an image by its configuration's digest, or by its manifest's (with the containerd store). An index is
 * ours where one of its images is.
 */
export async function isImage(
  job: PushJob,
  { digest, imageId }: { digest: Digest; imageId: Digest },
): Promise<boolean> {
  if (digest === imageId) return true;
  const content = readManifest((await pushedManifest(job, digest)).bytes);
  if (content?.kind === 'image') return content.config === imageId;
  for (const entry of content?.entries ?? []) if (await isImage(job, { digest: entry.digest, imageId })) return true;
  return false;
}
