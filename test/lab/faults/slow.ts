import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault-proxy.ts';
import { askUpstream, giveAnswer, passOn } from './exchange.ts';

/** Nothing is said for so long; then the request is passed on, where the caller still waits. */
export function isSilent(ms: number): Fault {
  return {
    name: `silent for ${ms} ms`,
    handle: async (exchange) => {
      const gone = new AbortController();
      exchange.response.on('close', () => gone.abort());
      await sleep(ms, undefined, { signal: gone.signal });
      await passOn(exchange);
    },
  };
}

/** Both bodies go through in small pieces with a pause after each. */
export function drips({ bytes, pauseMs }: { readonly bytes: number; readonly pauseMs: number }): Fault {
  return {
    name: `drips ${bytes} bytes each ${pauseMs} ms`,
    handle: async (exchange) => {
      const answer = await askUpstream(exchange, exchange.request.pipe(dripper(bytes, pauseMs)));
      await giveAnswer(exchange, answer, [dripper(bytes, pauseMs)]);
    },
  };
}

function dripper(bytes: number, pauseMs: number): Transform {
  return new Transform({
    async transform(chunk: Buffer, _, done) {
      for (let at = 0; at < chunk.length; at += bytes) {
        this.push(chunk.subarray(at, at + bytes));
        await sleep(pauseMs);
      }
      done();
    },
  });
}
