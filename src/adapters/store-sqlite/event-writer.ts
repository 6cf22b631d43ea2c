import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BuildEvent } from '../../ports/events.ts';
import { createEventBuffer } from './event-buffer.ts';
import { storeError } from './store-errors.ts';

const FLUSH_AFTER_MS = 250;
const FLUSH_ABOVE_CHARACTERS = 64 * 1024;
const RETRY_AFTER_MS = 1_000;

export interface EventWriter {
  /** Never throws, never waits. */
  append(events: readonly BuildEvent[]): void;
  /** Rejects with DISK_FULL or STORE_FAILED while there are events that could not be written. */
  flush(): Promise<void>;
}

/**
 * Appends events to a file, in order, in few writes. A write that fails is tried again from the very byte where it
 * stopped: a full disk neither ends the build nor damages the file. `locate` says where the file is; null means that the
 * build is not the caller's any more, and its events are dropped.
 */
export function createEventWriter(locate: () => Promise<string | null>): EventWriter {
  const buffer = createEventBuffer();
  let unwritten: Buffer = Buffer.alloc(0);
  let failure: unknown = null;
  let draining: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function writeAll(): Promise<void> {
    const path = await locate();
    while (buffer.characters > 0 || unwritten.length > 0) {
      unwritten = Buffer.concat([unwritten, Buffer.from(buffer.take())]);
      if (path !== null) await appendTo(path, unwritten, (left) => (unwritten = left));
      unwritten = Buffer.alloc(0);
    }
  }

  async function drain(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    try {
      await writeAll();
      failure = null;
    } catch (error) {
      failure = error;
    }
    draining = null;
    // A disk that stays full must not keep the process from ending.
    if (failure !== null) timer = setTimeout(begin, RETRY_AFTER_MS).unref();
  }

  function begin(): void {
    draining ??= drain();
  }

  return {
    append(events) {
      for (const event of events) buffer.add(event, failure !== null);
      if (failure === null && buffer.characters > FLUSH_ABOVE_CHARACTERS) begin();
      else timer ??= setTimeout(begin, FLUSH_AFTER_MS);
    },
    async flush() {
      // The second round takes what came while an earlier write was under way.
      for (let round = 0; round < 2; round += 1) {
        begin();
        await draining;
      }
      if (failure instanceof Error) throw failure;
    },
  };
}

async function appendTo(path: string, bytes: Buffer, onProgress: (left: Buffer) => void): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      for (let left = bytes; left.length > 0; onProgress(left)) {
        const { bytesWritten } = await file.write(left);
        left = left.subarray(bytesWritten);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storeError(error, path);
  }
}
