import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { describeAnswer, fetchHealth, isHealthy } from '../../../src/adapters/target-docker/ask-health.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ask(port: number, timeoutMs = 2_000) {
  const signal = new AbortController().signal;
  const answer = await fetchHealth({ host: '127.0.0.1', port, path: '/health', timeoutMs, signal });
  return [describeAnswer(answer), isHealthy(answer)];
}

describe('one question for health', () => {
  it.each([
    [200, true],
    [204, true],
    [302, true],
    [404, false],
    [503, false],
  ])('%d is healthy: %s; redirects are not followed', async (status, healthy) => {
    let asked = 0;
    const port = await serve((request, response) => {
      asked += request.url === '/health' ? 1 : 100;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    expect(await ask(port)).toStrictEqual([String(status), healthy]);
    expect(asked).toBe(1);
  });

  it('is not held up by an answer that never ends', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200).write('and so on');
    });
    expect(await ask(port)).toStrictEqual(['200', true]);
  });

  it('says in words why there was no answer', async () => {
    const silent = await serve(() => undefined);
    expect(await ask(silent, 100)).toStrictEqual(['no answer in time', false]);
    const rude = await serve((request) => request.socket.destroy());
    expect(await ask(rude)).toStrictEqual(['connection reset', false]);
    expect(await ask(1)).toStrictEqual(['connection refused', false]);
  });
});
