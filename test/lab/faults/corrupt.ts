import { Transform } from 'node:stream';
import type { Fault } from '../fault-proxy.ts';
import { askUpstream, giveAnswer } from './exchange.ts';

/** One byte of what the caller sends is another when it reaches the registry. */
export function corruptsRequest(): Fault {
  return {
    name: 'another byte in the request',
    handle: async (exchange) =>
      giveAnswer(exchange, await askUpstream(exchange, exchange.request.pipe(flipFirstByte()))),
  };
}

/** One byte of what the registry answers is another when it reaches the caller. */
export function corruptsAnswer(): Fault {
  return {
    name: 'another byte in the answer',
    handle: async (exchange) => giveAnswer(exchange, await askUpstream(exchange), [flipFirstByte()]),
  };
}

/** The first bytes of a compressed layer say what it is: a later one is flipped. */
const AT = 20;

function flipFirstByte(): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const index = AT - passed;
      passed += chunk.length;
      if (index < 0 || index >= chunk.length) return done(null, chunk);
      const changed = Buffer.from(chunk);
      changed.writeUInt8(changed.readUInt8(index) ^ 0xff, index);
      done(null, changed);
    },
  });
}
