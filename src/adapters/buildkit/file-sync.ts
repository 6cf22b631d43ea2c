import { setImmediate } from 'node:timers/promises';
import { messageOf, XgenError } from '../../errors/xgen-error.ts';
import { CHUNK_BYTES, readLargeFile, readSmallFile, unreadable, type AnnouncedFile } from './context-file.ts';
import { statOf, walkContext } from './context-walk.ts';
import { followLinks } from './follow-links.ts';
import { GRPC_STATUS, GrpcError, type GrpcCall } from './grpc.ts';
import { PACKET, readPacket } from './messages.ts';
import { PacketWriter } from './packet-writer.ts';
import { createPathFilter, type PathFilter } from './path-filter.ts';

export interface FileSyncOptions {
  /** The build context, with the Dockerfile in it. */
  readonly directory: string;
  /** Told once of what went wrong here: the builder's own error would only quote it. */
  readonly onFault: (fault: Error) => void;
}

/** The folders that the Dockerfile frontend asks for; both are the build context. */
const FOLDERS = new Set(['context', 'dockerfile']);
/** How long entries are read without letting anything else run. */
const SLICE_MS = 10;

/**
 * Serves `moby.filesync.v1.FileSync/DiffCopy`: announces every entry of the context in walk order, then sends the files
 * that the builder asks for (those that it does not have from an earlier build with the same shared key).
 * Memory is bounded: one file at a time, one chunk at a time, and the stream's own buffer.
 */
export async function serveFileSync(call: GrpcCall, options: FileSyncOptions): Promise<void> {
  const writer = new PacketWriter(call);
  try {
    const folder = call.values('dir-name')[0] ?? '';
    if (!FOLDERS.has(folder)) throw new GrpcError(GRPC_STATUS.notFound, `no folder "${folder}" here`);
    const files = new Map<number, AnnouncedFile>();
    const sending = answerRequests({ call, writer, files, root: Buffer.from(options.directory) });
    // Heard of below; where not even the filter can be made, the end of the call is no news.
    sending.catch(() => undefined);
    await Promise.all([announce({ writer, files, options, filter: await filterOf(call, options) }), sending]);
  } catch (error) {
    // The builder gave the call up itself: another step failed, or the build was canceled.
    if (writer.isStopped) return;
    if (error instanceof GaveUp) throw error;
    const fault = error instanceof Error ? error : new Error(messageOf(error));
    options.onFault(fault);
    throw fault;
  }
}

/** The builder says that it wants no more: another step failed. Why is in its answer to the build, not here. */
class GaveUp extends Error {}

async function filterOf(call: GrpcCall, options: FileSyncOptions): Promise<PathFilter> {
  const includes = patternsIn(call, 'include-patterns');
  const follow = patternsIn(call, 'followpaths');
  const followed = follow.length === 0 ? [] : await followLinks(options.directory, follow);
  return createPathFilter({
    includes: followed === null ? [] : [...includes, ...followed],
    excludes: patternsIn(call, 'exclude-patterns'),
  });
}

/** Newer engines escape what is not ASCII, as in a query, and say so in another header; older ones send it as it is. */
function patternsIn(call: GrpcCall, name: string): string[] {
  const values = call.values(name);
  if (call.values(`${name}-encoded`).length > 0)
    return values.map((value) => decodeURIComponent(value.replaceAll('+', ' ')));
  return [...values];
}

interface Announcement {
  readonly writer: PacketWriter;
  readonly files: Map<number, AnnouncedFile>;
  readonly options: FileSyncOptions;
  readonly filter: PathFilter;
}

async function announce({ writer, files, options, filter }: Announcement): Promise<void> {
  const pause = pauser();
  let id = 0;
  let last = '';
  const walk = walkContext(options.directory, filter);
  while (!writer.isStopped) {
    const next = attemptNext(walk, last);
    if (next.done === true) break;
    const { path, stat } = next.value;
    last = path;
    if (stat.isFile()) files.set(id, { path, size: stat.size, mtimeNs: stat.mtimeNs });
    id += 1;
    await writer.write({ type: PACKET.stat, stat: statOf(next.value) });
    await pause();
  }
  await writer.write({ type: PACKET.stat });
}

function attemptNext<T>(walk: Generator<T>, last: string): IteratorResult<T> {
  try {
    return walk.next();
  } catch (error) {
    throw error instanceof XgenError ? error : unreadable(pathOf(error) ?? last, error);
  }
}

function pathOf(error: unknown): string | null {
  const path: unknown = error instanceof Error && 'path' in error ? error.path : null;
  return Buffer.isBuffer(path) || typeof path === 'string' ? Buffer.from(path).toString('latin1') : null;
}

interface Answering {
  readonly call: GrpcCall;
  readonly writer: PacketWriter;
  readonly files: Map<number, AnnouncedFile>;
  readonly root: Buffer;
}

/** Sends files one after another as they are asked for, until the builder says that it has all. */
async function answerRequests({ call, writer, files, root }: Answering): Promise<void> {
  const pause = pauser();
  // The builder asks for files faster than they are sent: its requests wait in the stream, which is bounded too.
  for await (const bytes of call.messages()) {
    const packet = readPacket(bytes);
    if (packet.type === PACKET.end) {
      await writer.write({ type: PACKET.end });
      break;
    }
    if (packet.type === PACKET.error) throw new GaveUp(Buffer.from(packet.data ?? []).toString('utf8'));
    if (packet.type !== PACKET.request) continue;
    const id = packet.id ?? 0;
    const file = files.get(id);
    if (file === undefined) throw new Error(`the builder asked for a file that was not announced (${id})`);
    files.delete(id);
    await sendFile({ writer, root, file, id });
    await pause();
  }
}

interface Sending {
  readonly writer: PacketWriter;
  readonly root: Buffer;
  readonly file: AnnouncedFile;
  readonly id: number;
}

async function sendFile({ writer, root, file, id }: Sending): Promise<void> {
  if (file.size > BigInt(CHUNK_BYTES)) {
    for await (const data of readLargeFile(root, file)) {
      await writer.write({ type: PACKET.data, id, data });
      if (writer.isStopped) return;
    }
  } else if (file.size > 0n) {
    await writer.write({ type: PACKET.data, id, data: readSmallFile(root, file) });
  }
  await writer.write({ type: PACKET.data, id });
}

/** A function that lets other work run whenever its caller has run for a slice of time. */
function pauser(): () => Promise<void> | undefined {
  let until = performance.now() + SLICE_MS;
  const pause = async (): Promise<void> => {
    await setImmediate();
    until = performance.now() + SLICE_MS;
  };
  return () => (performance.now() < until ? undefined : pause());
}
