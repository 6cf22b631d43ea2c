import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { timingSafeEqual } from 'node:crypto';

export interface GitServerOptions {
  /** Folder of bare repositories: `group/name.git`. Pushing is allowed too. */
  readonly directory: string;
  /** Both null: no login is asked for. */
  readonly username: string | null;
  readonly password: string | null;
}

export interface GitServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end and without credentials. */
  readonly url: string;
  readonly port: number;
  /** `METHOD path` of each request so far, and whether it carried a login. */
  readonly requests: readonly { readonly line: string; readonly authorized: boolean }[];
  close(): Promise<void>;
}

/** Git over HTTP with a login: `git http-backend` as a CGI program behind a server on a free port of the loopback. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const requests: { line: string; authorized: boolean }[] = [];
  const server = createServer((request, response) => {
    const authorized = isAuthorized(options, request.headers.authorization);
    requests.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, authorized });
    if (!authorized) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"', 'Content-Type': 'text/plain' });
      response.end('Unauthorized\n');
      return;
    }
    runBackend({ directory: options.directory, request, response });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function isAuthorized(options: GitServerOptions, header: string | undefined): boolean {
  if (options.username === null || options.password === null) return true;
  const expected = Buffer.from(
    `Basic ${Buffer.from(`${options.username}:${options.password}`, 'utf8').toString('base64')}`,
  );
  const given = Buffer.from(header ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

interface Exchange {
  readonly directory: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function runBackend({ directory, request, response }: Exchange): void {
  const child = spawn('git', ['http-backend'], {
    env: cgiEnvironment(directory, request),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A client that goes away ends the pipes early; the backend then has nobody to answer.
  for (const stream of [child.stdin, child.stdout, request, response]) stream.on('error', () => child.kill());
  child.on('error', () => response.destroy());
  response.on('close', () => child.kill());
  request.pipe(child.stdin);

  let head = Buffer.alloc(0);
  let headDone = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (headDone) {
      if (!response.write(chunk)) child.stdout.pause();
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    headDone = true;
    writeHead(response, head.subarray(0, end).toString('latin1'));
    response.write(head.subarray(end + 4));
  });
  response.on('drain', () => child.stdout.resume());
  child.stdout.on('end', () => {
    if (!headDone) response.writeHead(500);
    response.end();
  });
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

function cgiEnvironment(directory: string, request: IncomingMessage): NodeJS.ProcessEnv {
  const url = new URL(request.url ?? '/', 'http://localhost');
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    GIT_PROJECT_ROOT: directory,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'http.receivepack',
    GIT_CONFIG_VALUE_1: 'true',
    // The backend appends it to GIT_PROJECT_ROOT itself and refuses `..`.
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: headerOf(request, 'content-encoding'),
    GIT_PROTOCOL: headerOf(request, 'git-protocol'),
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    REMOTE_USER: 'git',
    ...(request.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: request.headers['content-length'] }),
  };
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}
