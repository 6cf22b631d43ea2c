import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One request on its way through the proxy. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `127.0.0.1:41234`: the registry behind the proxy. */
  readonly upstream: string;
}

/** Sends the request on, with another body where one is given. Resolves once the registry begins to answer. */
export function askUpstream(exchange: Exchange, body: Readable = exchange.request): Promise<IncomingMessage> {
  const { request, upstream } = exchange;
  return new Promise((resolve, reject) => {
    // The host stays the proxy's: the registry makes the addresses of uploads from it.
    const call = httpRequest(`http://${upstream}${request.url ?? ''}`, {
      method: request.method,
      headers: request.headers,
    });
    call.on('error', reject);
    call.on('response', resolve);
    request.on('close', () => {
      if (!request.complete) call.destroy();
    });
    pipeline(body, call).catch(reject);
  });
}

/** Gives the registry's answer to the caller, through these streams where there are any. */
export async function giveAnswer(
  { response }: Exchange,
  answer: IncomingMessage,
  through: readonly Transform[] = [],
): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline([answer, ...through, response]);
}

export async function passOn(exchange: Exchange): Promise<void> {
  await giveAnswer(exchange, await askUpstream(exchange));
}

/** A request of the proxy's own to the registry, with the login of the request that it handles. Resolves to its status. */
export async function askAside({ request, upstream }: Exchange, method: string, path: string): Promise<number> {
  const { authorization } = request.headers;
  const headers = authorization === undefined ? {} : { authorization };
  const answer = await fetch(`http://${upstream}${path}`, { method, headers });
  await answer.arrayBuffer();
  return answer.status;
}
