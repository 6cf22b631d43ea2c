import { abortReasonOf } from '../../errors/abort-reason.ts';
import { XgenError } from '../../errors/xgen-error.ts';
import { classifyPushFailure } from '../../healing/diagnose.ts';
import type { Rule } from '../../healing/rule.ts';
import type { Published, PushObserver } from '../../ports/builder.ts';
import type { Login } from '../../ports/credentials.ts';
import type { Logger } from '../../ports/logger.ts';
import { formatImage, type ImageReference } from '../../values/image-reference.ts';
import {
  digestsOf,
  inspectImage,
  pullDigest,
  startPush,
  tagImage,
  untagImage,
  type StoredImage,
} from '../engine/images.ts';
import type { Engine } from '../engine/open-engine.ts';
import { engineLost } from '../engine/unreachable.ts';
import { readJsonLines } from './json-lines.ts';
import { createCauseSearch } from './push-cause.ts';
import { NO_PUSH, readPushLine, retriesOf, summarizePush, type PushState } from './push-reader.ts';

/**
 * The engine waits 5, 10, 15 and 20 s between its tries, in which other pushes wait too, and does not say why. After the
 * first it is found out whether trying again can help at all; a third wait helps nobody.
 */
const RETRY_LIMIT = 3;
const CLEANUP_TIMEOUT_MS = 30_000;

export interface PublishOptions {
  readonly image: StoredImage;
  readonly reference: ImageReference;
  readonly login: Login | null;
  readonly observer: PushObserver;
  readonly logger: Logger;
  readonly rules: readonly Rule[];
}

/** Pushes an image under a name that the engine has only for so long. Throws as BuiltImage.publish says. */
export async function publishImage(engine: Engine, options: PublishOptions): Promise<Published> {
  const { image, reference, observer } = options;
  const now = await inspectImage(engine, image.id, observer.signal);
  await tagImage(engine, { id: image.id, as: reference, signal: observer.signal });
  try {
    return await push(engine, options);
  } finally {
    await takeNameAway(engine, { ...options, image: now ?? image });
  }
}

async function push(engine: Engine, options: PublishOptions): Promise<Published> {
  const { image, reference, login, observer, rules } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([observer.signal, stop.signal]);
  const cause = createCauseSearch({ engine, image, observer, signal });
  let state = NO_PUSH;
  const failed = (message: string): Error => {
    const about = { reference: formatImage(reference), host: reference.host, loginFrom: login?.from ?? null };
    return classifyPushFailure({ during: 'push', message, ...about }, rules);
  };
  try {
    const response = await startPush(engine, { image: reference, login, signal });
    for await (const line of readJsonLines(response as AsyncIterable<Buffer>)) {
      const before = state;
      state = readPushLine(state, line);
      tell(observer, before, state);
      if (retriesOf(state) > retriesOf(before)) cause.search((error) => stop.abort(error));
      if (retriesOf(state) >= RETRY_LIMIT) stop.abort(`the engine gave up a layer after ${RETRY_LIMIT} tries`);
    }
  } catch (error) {
    stop.abort(error);
  }
  throwIfStopped(engine, { observer, stop, failed });
  if (state.error !== null || state.digest === null) {
    throw failed(state.error ?? 'the engine ended the push without a digest');
  }
  const { pushed, total, doneBytes } = summarizePush(state);
  return { digest: state.digest, layersPushed: pushed, layersTotal: total, bytesPushed: doneBytes };
}

/** A text is the engine's, or stands for it; an error is one of ours, or the broken connection's. */
function throwIfStopped(
  engine: Engine,
  { observer, stop, failed }: { observer: PushObserver; stop: AbortController; failed: (message: string) => Error },
): void {
  const aborted = abortReasonOf(observer.signal);
  if (aborted !== null) throw aborted;
  if (!stop.signal.aborted) return;
  const reason: unknown = stop.signal.reason;
  throw typeof reason === 'string'
    ? failed(reason)
    : reason instanceof XgenError
      ? reason
      : engineLost(engine.endpoint, reason);
}

function tell({ onProgress }: PushObserver, before: PushState, state: PushState): void {
  if (retriesOf(state) > 0 && retriesOf(before) === 0) {
    onProgress({ kind: 'warning', text: 'the registry did not take a layer; the engine waits and tries again' });
  }
  const { doneBytes, totalBytes } = summarizePush(state);
  if (doneBytes > summarizePush(before).doneBytes)
    onProgress({ kind: 'transfer', what: 'push', doneBytes, totalBytes });
}

/**
 * Taking the last tag of a repository away makes the engine forget the digests that it knows of the image there. Where
 * it knew some before (a container runs the very same image), they are brought back by a pull of the digest.
 */
async function takeNameAway(engine: Engine, { image, reference, login, logger }: PublishOptions): Promise<void> {
  const signal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
  try {
    await untagImage(engine, formatImage(reference), signal);
    for (const digest of digestsOf(image, reference)) await pullDigest(engine, { reference: digest, login, signal });
  } catch (error) {
    logger.warn(
      { image: formatImage(reference), error },
      'a local tag made for the push could not be taken away cleanly',
    );
  }
}
