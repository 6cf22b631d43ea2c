import { describe, expect, test } from 'vitest';
import { FRAME_BYTES, readFrames } from '../../../src/adapters/buildkit/grpc.ts';
import {
  PACKET,
  packetHead,
  readFirstText,
  readPacket,
  readStatusResponse,
  timestampMs,
} from '../../../src/adapters/buildkit/messages.ts';
import { halves, MessageReader, MessageWriter } from '../../../src/adapters/buildkit/protobuf.ts';

/** Bytes as protoc writes them, in hexadecimal. */
function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

describe('numbers', () => {
  test.each([
    [0, ''],
    [1, '08 01'],
    [127, '08 7f'],
    [300, '08 ac 02'],
    [0x8000_0000, '08 80 80 80 80 08'],
    [0xffff_ffff, '08 ff ff ff ff 0f'],
  ])('%d are written as protoc writes them, and read back', (value, bytes) => {
    const written = new MessageWriter().int(1, value).finish();
    expect(written).toEqual(hex(bytes));
    const reader = new MessageReader(written);
    expect(reader.next() === 1 ? reader.int() : 0).toBe(value);
  });

  test.each([
    [1n, '08 01'],
    [1_700_000_000_123_456_789n, '08 95 9a 97 ec e3 9f e7 cb 17'],
    [2n ** 32n, '08 80 80 80 80 10'],
    [-1n, '08 ff ff ff ff ff ff ff ff ff 01'],
  ])('of 64 bits (%d) keep every bit', (value, bytes) => {
    expect(new MessageWriter().long(1, halves(value)).finish()).toEqual(hex(bytes));
  });

  test('above 32 bits and below zero are read exactly', () => {
    const read = (bytes: string): number => new MessageReader(hex(bytes)).int();
    expect(read('80 80 80 80 10')).toBe(2 ** 32);
    expect(read('ff ff ff ff ff ff ff 0f')).toBe(Number.MAX_SAFE_INTEGER);
    expect(read('ff ff ff ff ff ff ff ff ff 01')).toBe(-1);
  });
});

describe('a status of a build', () => {
  test('is read field by field, and what is not known is skipped', () => {
    const vertex = '0a 01 61 12 01 62 1a 03 52 55 4e 20 01 2a 02 08 05 32 05 08 06 10 e8 07 3a 04 6f 6f 70 73';
    const status = '0a 02 69 64 12 01 61 1a 01 6e 20 05 28 80 80 80 80 10';
    const log = '0a 01 61 18 02 22 02 ff 0a';
    const warning = '0a 01 61 1a 01 77 22 01 78';
    const wrap = (field: string, text: string): string => `${field} ${byte(hex(text).length)} ${text}`;
    const bytes = hex(
      `${wrap('0a', vertex)} ${wrap('12', status)} ${wrap('1a', log)} ${wrap('22', warning)} 2a 01 00 31 0000000000000000 3d 00000000 40 01`,
    );
    expect(readStatusResponse(bytes)).toEqual({
      vertexes: [
        {
          digest: 'a',
          name: 'RUN',
          cached: true,
          started: { seconds: 5, nanos: 0 },
          completed: { seconds: 6, nanos: 1000 },
          error: 'oops',
        },
      ],
      statuses: [{ id: 'id', vertex: 'a', name: 'n', current: 5, total: 2 ** 32 }],
      logs: [{ vertex: 'a', stream: 2, msg: Buffer.from([0xff, 0x0a]) }],
      warnings: [{ vertex: 'a', short: Buffer.from('w') }],
    });
  });

  test('has nothing where nothing was said', () => {
    expect(readStatusResponse(Buffer.alloc(0))).toEqual({ vertexes: [], statuses: [], logs: [], warnings: [] });
    expect(timestampMs(null)).toBeNull();
    expect(timestampMs({ seconds: 2, nanos: 500_000_000 })).toBe(2500);
  });

  test.each([
    ['a length that leads out of the message', '0a 05 61'],
    ['a number without an end', '0a 80'],
    ['a number of more than 64 bits', '08 ff ff ff ff ff ff ff ff ff ff 01'],
    ['a field of a kind that there is not', '0f 01'],
  ])('that is none is refused: %s', (_, bytes) => {
    expect(() => readStatusResponse(hex(bytes))).toThrow(RangeError);
  });
});

describe('packets', () => {
  test('of an entry have its stat, bytes of a name as they are', () => {
    const stat = {
      path: Buffer.from([0x61, 0xff]),
      mode: 0x8000_01ed,
      uid: 0,
      gid: 0,
      size: halves(0n),
      modTime: halves(1n),
      linkname: Buffer.from('t'),
    };
    const packet = packetHead({ type: PACKET.stat, stat }, FRAME_BYTES);
    expect(packet.subarray(FRAME_BYTES)).toEqual(hex('12 0f 0a 02 61 ff 10 ed 83 80 80 08 30 01 3a 01 74'));
  });

  test('of data end where the data begins', () => {
    expect(packetHead({ type: PACKET.data, id: 300, data: Buffer.alloc(200) }, 0)).toEqual(
      hex('08 02 18 ac 02 22 c8 01'),
    );
    expect(packetHead({ type: PACKET.data, id: 1, data: Buffer.alloc(0) }, 0)).toEqual(hex('08 02 18 01'));
  });

  test('that ask for a file say which', () => {
    expect(readPacket(hex('08 01 18 ac 02'))).toEqual({ type: PACKET.request, id: 300, data: Buffer.alloc(0) });
    expect(readPacket(hex('08 04 22 01 78'))).toEqual({ type: PACKET.error, id: 0, data: Buffer.from('x') });
  });

  test('longer than what was thought of are written whole', () => {
    const path = Buffer.alloc(5_000, 'ä');
    const bytes = packetHead({ type: PACKET.stat, stat: { path } }, 0);
    expect(bytes.subarray(-5_000)).toEqual(path);
  });
});

test('the one text of a question is read', () => {
  expect(readFirstText(hex('12 01 78 0a 03 61 2e 62'))).toBe('a.b');
  expect(readFirstText(Buffer.alloc(0))).toBe('');
});

describe('frames', () => {
  const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);
  const bytes = Buffer.concat([frame('one'), frame(''), frame('three')]);

  async function* cut(size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  async function read(chunks: AsyncIterable<Buffer>): Promise<string[]> {
    const found: string[] = [];
    for await (const message of readFrames(chunks)) found.push(message.toString());
    return found;
  }

  test.each([1, 2, 5, 7, 100])('are found however the stream is cut (%d bytes)', async (size) => {
    expect(await read(cut(size))).toEqual(['one', '', 'three']);
  });

  test('that are compressed or too long are refused', async () => {
    const one = async function* (start: string): AsyncGenerator<Buffer> {
      yield hex(start);
    };
    await expect(read(one('01 00000001 00'))).rejects.toThrow('compressed');
    await expect(read(one('00 7fffffff'))).rejects.toThrow('too long');
  });
});

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
