import type { INamespace, Type } from 'protobufjs';

/**
 * The messages of BuildKit's session and progress that this program uses, by the field numbers of moby/buildkit and
 * tonistiigi/fsutil. They are data, not a .proto file, so that the program still is one file when it is bundled.
 * File names are `bytes` here, `string` there: on the wire both are the same, and a name need not be UTF-8.
 */
const SCHEMA: INamespace = {
  nested: {
    Timestamp: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } },
    Vertex: {
      fields: {
        digest: field('string', 1),
        name: field('string', 3),
        cached: field('bool', 4),
        started: field('Timestamp', 5),
        completed: field('Timestamp', 6),
        error: field('string', 7),
      },
    },
    VertexStatus: {
      fields: {
        id: field('string', 1),
        vertex: field('string', 2),
        name: field('string', 3),
        current: field('int64', 4),
        total: field('int64', 5),
      },
    },
    VertexLog: { fields: { vertex: field('string', 1), stream: field('int64', 3), msg: field('bytes', 4) } },
    VertexWarning: { fields: { vertex: field('string', 1), short: field('bytes', 3) } },
    StatusResponse: {
      fields: {
        vertexes: list('Vertex', 1),
        statuses: list('VertexStatus', 2),
        logs: list('VertexLog', 3),
        warnings: list('VertexWarning', 4),
      },
    },
    CredentialsRequest: { fields: { host: field('string', 1) } },
    CredentialsResponse: { fields: { username: field('string', 1), secret: field('string', 2) } },
    GetSecretRequest: { fields: { id: field('string', 1) } },
    GetSecretResponse: { fields: { data: field('bytes', 1) } },
    HealthCheckRequest: { fields: { service: field('string', 1) } },
    HealthCheckResponse: { fields: { status: field('int32', 1) } },
    Stat: {
      fields: {
        path: field('bytes', 1),
        mode: field('uint32', 2),
        uid: field('uint32', 3),
        gid: field('uint32', 4),
        size: field('int64', 5),
        modTime: field('int64', 6),
        linkname: field('bytes', 7),
      },
    },
    Packet: {
      fields: { type: field('int32', 1), stat: field('Stat', 2), id: field('uint32', 3), data: field('bytes', 4) },
    },
  },
};

function field(type: string, id: number): { type: string; id: number } {
  return { type, id };
}

function list(type: string, id: number): { type: string; id: number; rule: string } {
  return { type, id, rule: 'repeated' };
}

/** A whole number of 64 bits as protobufjs decodes it. */
type Int64 = number | { toNumber(): number };

export interface Timestamp {
  readonly seconds: Int64;
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
  readonly current: Int64;
  readonly total: Int64;
}

export interface StatusResponse {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly { readonly vertex: string; readonly stream: Int64; readonly msg: Uint8Array }[];
  readonly warnings: readonly { readonly vertex: string; readonly short: Uint8Array }[];
}

/** 64 bits in two halves: exact where a number would not be. */
export interface Halves {
  readonly low: number;
  readonly high: number;
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

export interface Messages {
  StatusResponse: StatusResponse;
  CredentialsRequest: { readonly host: string };
  CredentialsResponse: { readonly username: string; readonly secret: string };
  GetSecretRequest: { readonly id: string };
  GetSecretResponse: { readonly data: Buffer };
  HealthCheckRequest: { readonly service: string };
  HealthCheckResponse: { readonly status: number };
  Packet: Packet;
}

export interface Codec<T> {
  readonly encode: (message: T) => Buffer;
  readonly decode: (bytes: Uint8Array) => T;
}

/** Codecs of the messages by name. */
export type Codecs = <Name extends keyof Messages>(name: Name) => Codec<Messages[Name]>;

/** Loads protobufjs (its light build: no parser, no file access) and the schema. */
export async function loadCodecs(): Promise<Codecs> {
  const { default: protobuf } = await import('protobufjs/light.js');
  const root = protobuf.Root.fromJSON(SCHEMA);
  return <Name extends keyof Messages>(name: Name) => codecOf<Messages[Name]>(root.lookupType(name));
}

function codecOf<T>(type: Type): Codec<T> {
  return {
    encode: (message) => Buffer.from(type.encode(message as Record<string, unknown>).finish()),
    // The schema above and the interfaces say the same; this is the one place that claims so.
    decode: (bytes) => type.decode(bytes) as unknown as T,
  };
}

export function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber();
}

export function halves(value: bigint): Halves {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
}

/** Milliseconds since 1970; null where the builder did not say. */
export function timestampMs(timestamp: Timestamp | null): number | null {
  return timestamp === null ? null : toNumber(timestamp.seconds) * 1000 + timestamp.nanos / 1e6;
}
