import { closeSync, constants, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import { BuildError, messageOf } from '../../errors/xgen-error.ts';
import { absolute, toText, type BytePath } from './context-walk.ts';

/** A file that was announced to the builder, and what it was then. */
export interface AnnouncedFile {
  readonly path: BytePath;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

export const CHUNK_BYTES = 256 * 1024;

/** A link that took the place of a file is not followed, and a pipe that did does not make this process wait. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Reads a file of at most one chunk at once. Throws BUILDER_FAILED where it is not what was announced. */
export function readSmallFile(root: Buffer, file: AnnouncedFile): Buffer {
  const descriptor = attempt(file, () => openSync(absolute(root, file.path), FLAGS));
  try {
    requireUnchanged(file, fstatSync(descriptor, { bigint: true }));
    const buffer = Buffer.allocUnsafe(Number(file.size) + 1);
    const bytesRead = attempt(file, () => readSync(descriptor, buffer));
    if (bytesRead !== Number(file.size)) throw changed(file);
    return buffer.subarray(0, bytesRead);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a larger file chunk by chunk. Throws as readSmallFile, at the chunk where the difference shows. */
export async function* readLargeFile(root: Buffer, file: AnnouncedFile): AsyncGenerator<Buffer> {
  const handle = await open(absolute(root, file.path), FLAGS).catch((error: unknown) => {
    throw unreadable(file.path, error);
  });
  try {
    requireUnchanged(file, await handle.stat({ bigint: true }));
    let left = Number(file.size);
    while (left > 0) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, Math.min(CHUNK_BYTES, left));
      if (bytesRead === 0) throw changed(file);
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    requireUnchanged(file, await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
}

function requireUnchanged(file: AnnouncedFile, now: BigIntStats): void {
  if (!now.isFile() || now.size !== file.size || now.mtimeNs !== file.mtimeNs) throw changed(file);
}

function attempt<T>(file: AnnouncedFile, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unreadable(file.path, error);
  }
}

function changed(file: AnnouncedFile): BuildError {
  return new BuildError({
    code: 'BUILDER_FAILED',
    message: `the file ${toText(file.path)} of the build context changed while it was sent to the engine`,
    hint: 'see what else writes into the build context, then run the command again',
    facts: { path: toText(file.path) },
  });
}

/** The error of an entry of the context that cannot be read, or is gone since it was listed. */
export function unreadable(path: BytePath, cause: unknown): BuildError {
  const isGone = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ELOOP');
  const reason = isGone
    ? 'vanished or was replaced while it was sent to the engine'
    : `cannot be read: ${messageOf(cause)}`;
  return new BuildError({
    code: 'BUILDER_FAILED',
    message: `${path === '' ? 'the build context' : `${toText(path)} of the build context`} ${reason}`,
    hint: isGone
      ? 'see what else writes into the build context, then run the command again'
      : 'make it readable for the user that runs the build, or name it in .dockerignore',
    facts: { path: toText(path) },
    cause,
  });
}
