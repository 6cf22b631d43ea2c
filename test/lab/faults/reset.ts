import type { Fault } from '../fault-proxy.ts';
import { askUpstream } from './exchange.ts';

/** The connection is reset once this many bytes of the request's body were read. */
export function resetsRequest(afterBytes: number): Fault {
  return {
    name: `reset after ${afterBytes} bytes of the request`,
    handle: async ({ request }) => {
      let read = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        read += chunk.length;
        if (read >= afterBytes) break;
      }
      request.socket.resetAndDestroy();
    },
  };
}

/** The connection is reset once this many bytes of the answer's body were sent. */
export function resetsAnswer(afterBytes: number): Fault {
  return {
    name: `reset after ${afterBytes} bytes of the answer`,
    handle: async (exchange) => {
      const { request, response } = exchange;
      const answer = await askUpstream(exchange);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      let sent = 0;
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        const part = chunk.subarray(0, afterBytes - sent);
        await new Promise<void>((resolve) => response.write(part, () => resolve()));
        sent += part.length;
        if (sent >= afterBytes) break;
      }
      request.socket.resetAndDestroy();
    },
  };
}
