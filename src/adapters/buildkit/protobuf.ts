/**
 * As much of the protobuf wire format (https://protobuf.dev/programming-guides/encoding) as BuildKit's messages need.
 * Libraries for it take longer to load, and to generate code at run time, than a small build takes to send.
 */

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** 64 bits in two halves: exact where a number would not be. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

export function halves(value: bigint): Halves {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
}

/**
 * Reads one message field by field. Throws RangeError where the bytes end too early, as for any message that is none.
 */
export class MessageReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #wire = 0;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /** The number of the next field; 0 at the end. A field that is not read must be skipped. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const key = this.int();
    this.#wire = key & 7;
    return key >>> 3;
  }

  /** A whole number; exact up to 2^53. Negative ones come as 64 bits. */
  int(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return (high | 0) * 4_294_967_296 + (low >>> 0);
    }
    throw new RangeError('a number is longer than 64 bits');
  }

  /** The bytes themselves, not a copy. */
  bytes(): Buffer {
    const end = this.#endOfBytes();
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  text(): string {
    const end = this.#endOfBytes();
    const found = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return found;
  }

  /** A message inside this one. */
  message<T>(read: (reader: MessageReader) => T): T {
    const end = this.#endOfBytes();
    const found = read(new MessageReader(this.#bytes, this.#at, end));
    this.#at = end;
    return found;
  }

  skip(): void {
    switch (this.#wire) {
      case WIRE.varint:
        this.int();
        return;
      case WIRE.fixed64:
        this.#at += 8;
        return;
      case WIRE.bytes:
        this.#at = this.#endOfBytes();
        return;
      case WIRE.fixed32:
        this.#at += 4;
        return;
      default:
        throw new RangeError(`a field of unknown kind (${this.#wire})`);
    }
  }

  #endOfBytes(): number {
    const length = this.int();
    const end = this.#at + length;
    if (length < 0 || end > this.#end) throw new RangeError('a message ends too early');
    return end;
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at++] : undefined;
    if (byte === undefined) throw new RangeError('a message ends too early');
    return byte;
  }
}

/** A number of 64 bits takes ten bytes, and so does a field's number with room to spare. */
const LONGEST_NUMBER = 10;

/** Writes one message field by field. What is zero or empty is left out, as proto3 has it. */
export class MessageWriter {
  #bytes: Buffer;
  #at: number;

  /** `reserved` bytes are left free before the message. */
  constructor(reserved = 0) {
    this.#bytes = Buffer.allocUnsafe(reserved + 128);
    this.#at = reserved;
  }

  /** A whole number, not negative, up to 32 bits. */
  int(field: number, value: number): this {
    if (value === 0) return this;
    this.#grow(2 * LONGEST_NUMBER);
    this.#varint(field << 3);
    this.#varint(value);
    return this;
  }

  long(field: number, { low, high }: Halves): this {
    if (low === 0 && high === 0) return this;
    this.#grow(2 * LONGEST_NUMBER);
    this.#varint(field << 3);
    let [lower, upper] = [low >>> 0, high >>> 0];
    while (upper > 0) {
      this.#bytes[this.#at++] = (lower & 0x7f) | 0x80;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.#varint(lower);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    if (value.length === 0) return this;
    this.lead(field, value.length);
    this.#grow(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  text(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value));
  }

  /** What stands before the bytes of a field; they themselves follow elsewhere. */
  lead(field: number, length: number): this {
    this.#grow(2 * LONGEST_NUMBER);
    this.#varint((field << 3) | WIRE.bytes);
    this.#varint(length);
    return this;
  }

  /** All that was written, with the reserved bytes. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #varint(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  #grow(room: number): void {
    if (this.#at + room <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#bytes.length + room));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
