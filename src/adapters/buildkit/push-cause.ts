import type { IncomingMessage } from 'node:http';
import type { XgenError } from '../../errors/xgen-error.ts';
import type { PushObserver } from '../../ports/builder.ts';
import { isRecord } from '../engine/call.ts';
import type { StoredImage } from '../engine/images.ts';
import type { Engine } from '../engine/open-engine.ts';

/** An image is read whole to find out whether a layer of it is damaged; beyond this the engine's own tries are quicker. */
const LARGEST_READ_BYTES = 4e9;
const MESSAGE_BYTES = 64 * 1024;

export interface CauseSearch {
  /** Once, when the engine first says that it tries again. `found` gets an error, or a text of the engine. */
  search(found: (cause: XgenError | string) => void): void;
}

/**
 * Finds out why a layer is not taken while the engine waits for its next try: whether the registry refuses for good, and
 * whether the engine can read the layer at all. Neither: it may go well the next time.
 */
export function createCauseSearch(parts: {
  readonly engine: Engine;
  readonly image: StoredImage;
  readonly observer: PushObserver;
  readonly signal: AbortSignal;
}): CauseSearch {
  let isSearching = false;
  return {
    search(found) {
      if (isSearching) return;
      isSearching = true;
      const tell = (cause: XgenError | string | null): void => {
        if (cause !== null && !parts.signal.aborted) found(cause);
      };
      // What cannot be found out is no cause: the engine goes on trying.
      parts.observer.whyRefused?.().then(tell, () => undefined);
      readImage(parts).then(tell, () => undefined);
    },
  };
}

/** Reads the image as an export. The engine's words where it cannot; null where it can, or where that takes too long. */
async function readImage(parts: {
  readonly engine: Engine;
  readonly image: StoredImage;
  readonly signal: AbortSignal;
}): Promise<string | null> {
  const { engine, image, signal } = parts;
  if (image.sizeBytes > LARGEST_READ_BYTES) return null;
  const response = await engine.request({ method: 'GET', path: `/images/${image.id}/get`, signal });
  if ((response.statusCode ?? 0) >= 400) return messageIn(await firstBytes(response));
  try {
    for await (const _ of response) if (signal.aborted) break;
    return null;
  } catch {
    // The head was sent before the engine came to the damaged layer: it breaks off where that begins.
    return 'unexpected EOF';
  } finally {
    response.destroy();
  }
}

async function firstBytes(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MESSAGE_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function messageIn(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const message = isRecord(parsed) ? parsed['message'] : undefined;
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}
