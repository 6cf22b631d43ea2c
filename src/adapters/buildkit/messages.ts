import { MessageReader, MessageWriter, type Halves } from './protobuf.ts';

/**
 * The messages of BuildKit's session and progress that this program uses, by the field numbers of moby/buildkit and
 * tonistiigi/fsutil. File names are bytes here, strings there: on the wire both are the same, and a name need not be
 * UTF-8.
 */

export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: Timestamp | null;
  readonly completed: Timestamp | null;
  readonly error: string;
}

export interface VertexStatus {
  readonly id: string;
  readonly vertex: string;
  readonly name: string;
  readonly current: number;
  readonly total: number;
}

export interface VertexLog {
  readonly vertex: string;
  readonly stream: number;
  readonly msg: Uint8Array;
}

export interface VertexWarning {
  readonly vertex: string;
  readonly short: Uint8Array;
}

export interface StatusResponse {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly VertexLog[];
  readonly warnings: readonly VertexWarning[];
}

export interface Stat {
  readonly path: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: Halves;
  readonly modTime: Halves;
  readonly linkname: Buffer;
}

export const PACKET = { stat: 0, request: 1, data: 2, end: 3, error: 4 } as const;

export interface Packet {
  readonly type: number;
  readonly stat?: Partial<Stat>;
  readonly id?: number;
  readonly data?: Uint8Array;
}

const NO_BYTES: Buffer = Buffer.alloc(0);

/** `moby.buildkit.v1.StatusResponse` */
export function readStatusResponse(bytes: Buffer): StatusResponse {
  const vertexes: Vertex[] = [];
  const statuses: VertexStatus[] = [];
  const logs: VertexLog[] = [];
  const warnings: VertexWarning[] = [];
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) vertexes.push(reader.message(readVertex));
    else if (field === 2) statuses.push(reader.message(readVertexStatus));
    else if (field === 3) logs.push(reader.message(readVertexLog));
    else if (field === 4) warnings.push(reader.message(readVertexWarning));
    else reader.skip();
  }
  return { vertexes, statuses, logs, warnings };
}

function readVertex(reader: MessageReader): Vertex {
  let [digest, name, error] = ['', '', ''];
  let cached = false;
  let started: Timestamp | null = null;
  let completed: Timestamp | null = null;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) digest = reader.text();
    else if (field === 3) name = reader.text();
    else if (field === 4) cached = reader.int() !== 0;
    else if (field === 5) started = reader.message(readTimestamp);
    else if (field === 6) completed = reader.message(readTimestamp);
    else if (field === 7) error = reader.text();
    else reader.skip();
  }
  return { digest, name, cached, started, completed, error };
}

function readTimestamp(reader: MessageReader): Timestamp {
  let [seconds, nanos] = [0, 0];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) seconds = reader.int();
    else if (field === 2) nanos = reader.int();
    else reader.skip();
  }
  return { seconds, nanos };
}

function readVertexStatus(reader: MessageReader): VertexStatus {
  let [id, vertex, name] = ['', '', ''];
  let [current, total] = [0, 0];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.text();
    else if (field === 2) vertex = reader.text();
    else if (field === 3) name = reader.text();
    else if (field === 4) current = reader.int();
    else if (field === 5) total = reader.int();
    else reader.skip();
  }
  return { id, vertex, name, current, total };
}

function readVertexLog(reader: MessageReader): VertexLog {
  let vertex = '';
  let stream = 0;
  let msg: Buffer = NO_BYTES;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) vertex = reader.text();
    else if (field === 3) stream = reader.int();
    else if (field === 4) msg = reader.bytes();
    else reader.skip();
  }
  return { vertex, stream, msg };
}

function readVertexWarning(reader: MessageReader): VertexWarning {
  let vertex = '';
  let short = NO_BYTES;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) vertex = reader.text();
    else if (field === 3) short = reader.bytes();
    else reader.skip();
  }
  return { vertex, short };
}

/** `fsutil.types.Packet`; a builder sends no stat. */
export function readPacket(bytes: Buffer): Packet {
  let [type, id] = [0, 0];
  let data = NO_BYTES;
  const reader = new MessageReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) type = reader.int();
    else if (field === 3) id = reader.int();
    else if (field === 4) data = reader.bytes();
    else reader.skip();
  }
  return { type, id, data };
}

const STAT_FIELD = 2;
const DATA_FIELD = 4;

/** A packet without its data, after `reserved` free bytes; the data is to follow as it is, which saves copying it. */
export function packetHead({ type, stat, id = 0, data }: Packet, reserved: number): Buffer {
  const writer = new MessageWriter(reserved).int(1, type);
  if (stat !== undefined) writer.bytes(STAT_FIELD, statBytes(stat));
  writer.int(3, id);
  if (data !== undefined && data.length > 0) writer.lead(DATA_FIELD, data.length);
  return writer.finish();
}

function statBytes({ path, mode, uid, gid, size, modTime, linkname }: Partial<Stat>): Buffer {
  const writer = new MessageWriter();
  if (path !== undefined) writer.bytes(1, path);
  writer
    .int(2, mode ?? 0)
    .int(3, uid ?? 0)
    .int(4, gid ?? 0);
  if (size !== undefined) writer.long(5, size);
  if (modTime !== undefined) writer.long(6, modTime);
  if (linkname !== undefined) writer.bytes(7, linkname);
  return writer.finish();
}

/** The first field of a message that holds nothing but text: of a login's host, of a secret's id. */
export function readFirstText(bytes: Buffer): string {
  const reader = new MessageReader(bytes);
  let text = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) text = reader.text();
    else reader.skip();
  }
  return text;
}

/** Milliseconds since 1970; null where the builder did not say. */
export function timestampMs(timestamp: Timestamp | null): number | null {
  return timestamp === null ? null : timestamp.seconds * 1000 + timestamp.nanos / 1e6;
}
