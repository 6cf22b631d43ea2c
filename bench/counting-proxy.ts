import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a registry that counts what is sent to it. */
export interface CountingProxy {
  /** `127.0.0.1:41234` */
  readonly host: string;
  /** Bytes sent to the registry since the last call. */
  take(): number;
  close(): void;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const [host = '127.0.0.1', port = '0'] = target.split(':');
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onwards = connect(Number(port), host);
    for (const one of [socket, onwards]) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => sockets.delete(one));
    }
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.pipe(onwards).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    take: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
