import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** One request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Answers in place of the registry; undefined lets it answer itself. */
export type Intercept = (request: SeenRequest) => FakeAnswer | Promise<FakeAnswer | undefined> | undefined;

export interface FakeRegistry {
  /** `127.0.0.1:41234` */
  readonly host: string;
  readonly url: string;
  readonly seen: SeenRequest[];
  intercept: Intercept;
  /** Puts an image there; returns the digests of its manifest, its configuration and its layer. */
  add(image: FakeImage): { manifest: string; config: string; layer: string };
  readonly manifests: Map<string, { type: string; bytes: Buffer }>;
  readonly blobs: Map<string, Buffer>;
  /** `repository:tag` to digest. */
  readonly tags: Map<string, string>;
  close(): Promise<void>;
}

export interface FakeImage {
  readonly repository: string;
  readonly tag: string;
  readonly architecture?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Makes images differ. */
  readonly content?: string;
}

export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

export function sha256(content: Buffer | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** An open registry in this process. What it should do otherwise, `intercept` says. */
export async function startFakeRegistry(tls: { key: string; cert: string } | null = null): Promise<FakeRegistry> {
  const state: Omit<FakeRegistry, 'host' | 'url' | 'close'> = {
    seen: [],
    intercept: () => undefined,
    manifests: new Map(),
    blobs: new Map(),
    tags: new Map(),
    add: (image) => addImage(state, image),
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => void answer(state, request, response);
  const server = tls === null ? createServer(onRequest) : createTlsServer(tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    host,
    url: `${tls === null ? 'http' : 'https'}://${host}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

type State = Omit<FakeRegistry, 'host' | 'url' | 'close'>;

function addImage(state: State, image: FakeImage): { manifest: string; config: string; layer: string } {
  const layer = Buffer.from(`layer ${image.content ?? ''}`);
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: image.architecture ?? 'amd64',
      config: { Labels: image.labels ?? {} },
    }),
  );
  for (const blob of [layer, config]) state.blobs.set(sha256(blob), blob);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: { digest: sha256(config), size: config.length },
      layers: [{ digest: sha256(layer), size: layer.length }],
    }),
  );
  state.manifests.set(sha256(bytes), { type: DOCKER_MANIFEST, bytes });
  state.tags.set(`${image.repository}:${image.tag}`, sha256(bytes));
  return { manifest: sha256(bytes), config: sha256(config), layer: sha256(layer) };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const seen: SeenRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    authorization: request.headers.authorization ?? null,
    body: Buffer.concat(chunks).toString('utf8'),
  };
  state.seen.push(seen);
  const type = request.headers['content-type'] ?? '';
  const given = (await state.intercept(seen)) ?? ownAnswer(state, seen, type);
  response.writeHead(given.status, { 'content-length': Buffer.byteLength(given.body ?? ''), ...given.headers });
  response.end(seen.method === 'HEAD' ? undefined : (given.body ?? ''));
}

function ownAnswer(state: State, { method, path, body }: SeenRequest, type: string): FakeAnswer {
  const [, repository = '', kind = '', reference = ''] =
    /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^?]+)/.exec(decodeURIComponent(path)) ?? [];
  if (path === '/v2/') return { status: 200, body: '{}' };
  if (kind === 'tags') {
    const tags = [...state.tags.keys()].filter((key) => key.startsWith(`${repository}:`));
    return { status: 200, body: JSON.stringify({ tags: tags.map((key) => key.slice(repository.length + 1)) }) };
  }
  if (kind === 'blobs' && method === 'POST') return { status: 202, headers: { location: `${path}upload-1?state=x` } };
  if (kind === 'blobs' && method === 'DELETE') return { status: 204 };
  if (kind === 'blobs') return found(state.blobs.get(reference), {});
  if (kind === 'manifests' && method === 'PUT') {
    const bytes = Buffer.from(body);
    state.manifests.set(sha256(bytes), { type, bytes });
    state.tags.set(`${repository}:${reference}`, sha256(bytes));
    return { status: 201, headers: { 'docker-content-digest': sha256(bytes) } };
  }
  const digest = state.tags.get(`${repository}:${reference}`) ?? reference;
  const manifest = state.manifests.get(digest);
  return found(manifest?.bytes, { 'docker-content-digest': digest, 'content-type': manifest?.type ?? '' });
}

function found(body: Buffer | undefined, headers: Record<string, string>): FakeAnswer {
  return body === undefined
    ? { status: 404, body: JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'not there' }] }) }
    : { status: 200, headers, body };
}
