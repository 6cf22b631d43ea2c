import type * as Http2 from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../errors/xgen-error.ts';

/** Loaded while something else is waited for (10 ms), not when the program starts. */
export function loadHttp2(): typeof Http2 {
  return process.getBuiltinModule('node:http2');
}

export const GRPC_STATUS = { ok: 0, unknown: 2, notFound: 5, resourceExhausted: 8, unimplemented: 12 } as const;
type Status = (typeof GRPC_STATUS)[keyof typeof GRPC_STATUS];

/** Ends a call with this status; any other error ends it as `unknown`. */
export class GrpcError extends Error {
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(message);
    this.status = status;
  }
}

/** One call of the other side. */
export interface GrpcCall {
  /** Values of a repeated header, each as it was sent. */
  values(name: string): readonly string[];
  /** Messages as they come, each of at most 4 MiB. */
  messages(): AsyncIterable<Buffer>;
  /** Sends a message made with `FRAME_BYTES` free bytes before it, then `rest`. False where `drained` is to be awaited. */
  send(frame: Buffer, rest?: Uint8Array): boolean;
  /** Resolves when more may be sent, or the call is over. */
  drained(): Promise<void>;
  /** True once nobody listens any more. */
  readonly isOver: boolean;
}

/** What a method does; when it resolves the call ends well. */
export type GrpcMethod = (call: GrpcCall) => Promise<void>;

/** A message's flag of compression and its length. */
export const FRAME_BYTES = 5;
const NO_BYTES = Buffer.alloc(0);
const LARGEST_MESSAGE = 4 * 1024 * 1024;

const LIMITS = { maxHeaderListPairs: 65_536, settings: { maxHeaderListSize: 4 * 1024 * 1024 } } as const;
/** Copying less than this costs less than a frame of its own. */
const SMALL_BYTES = 16 * 1024;

/**
 * Serves gRPC (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) over one connection that stands already:
 * what BuildKit calls, which compresses nothing. A library for it takes 80 ms to load (measured).
 */
export function serveGrpc(socket: Duplex, methods: ReadonlyMap<string, GrpcMethod>): { close(): void } {
  // Every line of a .dockerignore is a header of its own: Node's limit of 128 is too low.
  const session = loadHttp2().performServerHandshake(socket, LIMITS);
  // A connection that breaks ends its calls; how the build went is said elsewhere.
  session.on('error', () => undefined);
  session.on('stream', (...[stream, headers, , raw]: StreamEvent) => {
    stream.on('error', () => undefined);
    const method = methods.get(headers[':path'] ?? '');
    void answer(stream, raw, method ?? unknownMethod);
  });
  return { close: () => session.destroy() };
}

/** The last part holds each header as it came, one name and one value after another; joined ones could not be told apart. */
type StreamEvent = [ServerHttp2Stream, Http2.IncomingHttpHeaders, number, string[]];

async function unknownMethod(): Promise<void> {
  throw new GrpcError(GRPC_STATUS.unimplemented, 'there is no such method here');
}

async function answer(stream: ServerHttp2Stream, raw: readonly string[], method: GrpcMethod): Promise<void> {
  if (stream.destroyed) return;
  let end: { status: Status; message: string } = { status: GRPC_STATUS.ok, message: '' };
  stream.on('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': String(end.status), 'grpc-message': encodeURIComponent(end.message) });
  });
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  try {
    await method(callOf(stream, raw));
  } catch (error) {
    end = { status: error instanceof GrpcError ? error.status : GRPC_STATUS.unknown, message: messageOf(error) };
  }
  if (stream.destroyed) return;
  stream.end();
  // What the other side still sends is read away: only then is the stream over.
  stream.resume();
}

function callOf(stream: ServerHttp2Stream, raw: readonly string[]): GrpcCall {
  let draining: PromiseWithResolvers<void> | null = null;
  const release = (): void => {
    draining?.resolve();
    draining = null;
  };
  for (const event of ['drain', 'close', 'aborted', 'error']) stream.on(event, release);
  const isOver = (): boolean => stream.destroyed || stream.aborted || stream.closed;
  return {
    values: (name) => raw.filter((_, index) => index % 2 === 1 && raw[index - 1] === name),
    messages: () => readFrames(stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>),
    send(frame, rest = NO_BYTES) {
      if (isOver()) return true;
      frame[0] = 0;
      frame.writeUInt32BE(frame.length - FRAME_BYTES + rest.length, 1);
      if (rest.length < SMALL_BYTES) return stream.write(rest.length === 0 ? frame : Buffer.concat([frame, rest]));
      stream.write(frame);
      return stream.write(rest);
    },
    async drained() {
      if (isOver() || !stream.writableNeedDrain) return;
      draining ??= Promise.withResolvers<void>();
      await draining.promise;
    },
    get isOver() {
      return isOver();
    },
  };
}

/** Messages out of a stream of bytes that is cut anywhere. */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    let at = 0;
    while (kept.length - at >= FRAME_BYTES) {
      const length = kept.readUInt32BE(at + 1);
      if (kept[at] !== 0) throw new GrpcError(GRPC_STATUS.unimplemented, 'compressed messages are not understood');
      if (length > LARGEST_MESSAGE) throw new GrpcError(GRPC_STATUS.resourceExhausted, 'a message is too long');
      if (kept.length - at < FRAME_BYTES + length) break;
      yield kept.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
      at += FRAME_BYTES + length;
    }
    kept = kept.subarray(at);
  }
}
