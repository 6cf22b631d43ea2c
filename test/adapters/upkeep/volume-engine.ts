import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineAt, type Engine } from '../../../src/adapters/engine/open-engine.ts';

/** The part of an engine that keeps volumes, over a socket, with answers that overtake one another. */
export interface VolumeEngine {
  readonly engine: Engine;
  readonly volumes: Map<string, Readonly<Record<string, string>>>;
  /** Volumes are refused from now on. */
  refuse(): void;
  close(): Promise<void>;
}

export async function startVolumeEngine(latestMs = 0): Promise<VolumeEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'xgen-vol-'));
  const socket = join(folder, 's');
  const volumes = new Map<string, Readonly<Record<string, string>>>();
  let refuses = false;
  const server = createServer((request, response) => void serve(request, response));
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const late = (): Promise<void> => sleep(Math.random() * latestMs);
    await late();
    const url = new URL(request.url ?? '', 'http://engine');
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.method === 'POST' && url.pathname === '/volumes/create') {
      if (refuses) return answer(500, { message: 'no space left on device' });
      const { Name: name, Labels: labels } = JSON.parse(Buffer.concat(chunks).toString()) as {
        Name: string;
        Labels: Record<string, string>;
      };
      volumes.set(name, labels);
      await late();
      return answer(201, { Name: name });
    }
    if (request.method === 'DELETE') {
      volumes.delete(decodeURIComponent(url.pathname.split('/').at(-1) ?? ''));
      return answer(204, null);
    }
    // What it answers is what there was when it looked.
    const list = [...volumes].map(([Name, Labels]) => ({ Name, Labels }));
    await late();
    return answer(200, { Volumes: list.length === 0 ? null : list });
  }
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const address = `unix://${socket}`;
  const engine = engineAt({ address, from: 'test', to: { kind: 'unix', path: socket }, isLocal: true, hostName: null });
  return {
    engine,
    volumes,
    refuse: () => {
      refuses = true;
    },
    close: async () => {
      engine.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
