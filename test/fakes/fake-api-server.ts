import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An object as the server keeps it. */
export interface Kept {
  metadata: {
    name: string;
    resourceVersion?: string;
    generation?: number;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  [key: string]: unknown;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

/** What is answered in the place of the real answer; `drop` breaks the connection. */
export type Trouble =
  | { readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly drop: true }
  /** The request is carried out, and its answer is lost. */
  | { readonly lose: true }
  /** A watch that is open and never says anything. */
  | { readonly silent: true };

/**
 * An API server of our own, over HTTP in this process: it keeps workloads, pods and leases, checks resource versions,
 * streams watches, and does on demand what a real one cannot be made to do.
 */
export interface FakeApiServer {
  readonly url: string;
  /** Every request that was answered, in order. */
  readonly asked: readonly Asked[];
  /** A kubeconfig's text for it. */
  readonly kubeconfig: string;
  put(collection: string, object: Kept): Kept;
  get(collection: string, name: string): Kept | undefined;
  remove(collection: string, name: string): void;
  /** Answers the next requests that fit with trouble instead. */
  trouble(fits: (asked: Asked) => boolean, trouble: Trouble, times?: number): void;
  /** Called after each change by a request: how a controller would react. */
  onPatch(react: (object: Kept, collection: string) => void): void;
  /** Ends every open watch; with an error event, such as 410, where one is given. */
  endWatches(error?: { code: number; message: string }): void;
  /** Forgets older versions: whoever watches from one gets 410. */
  forget(): void;
  readonly openWatches: number;
  close(): Promise<void>;
}

interface Watcher {
  readonly collection: string;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

interface Change {
  readonly version: number;
  readonly collection: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Kept;
}

export async function startFakeApiServer(): Promise<FakeApiServer> {
  const objects = new Map<string, Kept>();
  const watchers = new Set<Watcher>();
  const asked: Asked[] = [];
  const troubles: { fits: (asked: Asked) => boolean; trouble: Trouble; left: number }[] = [];
  const changes: Change[] = [];
  let version = 100;
  let forgotten = 0;
  let react: (object: Kept, collection: string) => void = () => undefined;

  function record(collection: string, type: Change['type'], object: Kept): void {
    const change = { version, collection, type, object: structuredClone(object) };
    changes.push(change);
    for (const watcher of watchers) tell(watcher, change);
  }

  function tell({ collection, query, response }: Watcher, change: Change): void {
    if (change.collection !== collection || !isSelected(change.object, query)) return;
    response.write(`${JSON.stringify({ type: change.type, object: change.object })}\n`);
  }

  function put(collection: string, object: Kept): Kept {
    version += 1;
    const key = `${collection}/${object.metadata.name}`;
    const was = objects.get(key);
    const kept = structuredClone(object);
    kept.metadata.resourceVersion = String(version);
    objects.set(key, kept);
    record(collection, was === undefined ? 'ADDED' : 'MODIFIED', kept);
    return structuredClone(kept);
  }

  function remove(collection: string, name: string): void {
    const key = `${collection}/${name}`;
    const was = objects.get(key);
    if (was === undefined) return;
    version += 1;
    was.metadata.resourceVersion = String(version);
    objects.delete(key);
    record(collection, 'DELETED', was);
  }

  function watch(collection: string, query: URLSearchParams, response: ServerResponse): void {
    const since = Number(query.get('resourceVersion') ?? '0');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (since < forgotten) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'too old resource version') })}\n`);
      return;
    }
    response.flushHeaders();
    const watcher = { collection, query, response };
    for (const change of changes) if (change.version > since) tell(watcher, change);
    watchers.add(watcher);
    response.on('close', () => watchers.delete(watcher));
  }

  function patch(key: string, collection: string, { body, query }: Asked): Answer {
    const was = objects.get(key);
    if (was === undefined) return [404, status(404, `${key} not found`)];
    const change = body as Kept;
    const expected = change.metadata.resourceVersion;
    if (expected !== undefined && expected !== was.metadata.resourceVersion) {
      return [409, status(409, 'the object has been modified; please apply your changes to the latest version')];
    }
    const merged = merge(was, change) as Kept;
    if (query.get('dryRun') === 'All') return [200, merged];
    if (JSON.stringify(merged['spec']) !== JSON.stringify(was['spec'])) {
      merged.metadata.generation = (was.metadata.generation ?? 1) + 1;
    }
    const kept = put(collection, merged);
    queueMicrotask(() => react(kept, collection));
    return [200, kept];
  }

  function answer(one: Asked, response: ServerResponse): Answer | null {
    const { method, path, query, body } = one;
    const [collection, name = null] = split(path);
    const key = `${collection}/${name ?? ''}`;
    if (collection === 'selfsubjectaccessreviews') return [201, { status: { allowed: true } }];
    if (method === 'GET' && query.get('watch') === 'true') {
      watch(collection, query, response);
      return null;
    }
    if (method === 'PATCH') return patch(key, collection, one);
    if (method === 'DELETE') {
      remove(collection, name ?? '');
      return [200, status(200, '')];
    }
    if (method === 'POST' || method === 'PUT') {
      const object = body as Kept;
      const was = objects.get(`${collection}/${object.metadata.name}`);
      if (method === 'POST' && was !== undefined) return [409, status(409, 'already exists')];
      return [201, put(collection, object)];
    }
    if (name === null) {
      const items = [...objects].filter(([at, object]) => at.startsWith(`${collection}/`) && isSelected(object, query));
      return [200, { metadata: { resourceVersion: String(version) }, items: items.map(([, object]) => object) }];
    }
    const found = objects.get(key);
    return found === undefined ? [404, status(404, `${collection} "${name}" not found`)] : [200, found];
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const { method = '' } = request;
    const one = { method, path: url.pathname, query: url.searchParams, body: await readBody(request) };
    asked.push(one);
    const found = troubles.find(({ fits, left }) => left > 0 && fits(one));
    if (found !== undefined) found.left -= 1;
    const trouble = found?.trouble ?? null;
    if (trouble !== null && 'status' in trouble) {
      const { status: code, message = 'trouble', headers = {} } = trouble;
      response.writeHead(code, { ...headers }).end(JSON.stringify(status(code, message)));
      return;
    }
    if (trouble !== null && 'silent' in trouble) {
      response.writeHead(200).flushHeaders();
      return;
    }
    const answered = trouble !== null && 'drop' in trouble ? null : answer(one, response);
    if (trouble !== null) request.socket.destroy();
    else if (answered !== null)
      response.writeHead(answered[0], { 'content-type': 'application/json' }).end(JSON.stringify(answered[1]));
  }

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    asked,
    kubeconfig: kubeconfigFor(url),
    put,
    get: (collection, name) => structuredClone(objects.get(`${collection}/${name}`)),
    remove,
    trouble: (fits, trouble, times = 1) => void troubles.push({ fits, trouble, left: times }),
    onPatch: (reaction) => {
      react = reaction;
    },
    endWatches: (error) => {
      for (const watcher of watchers) {
        const { response } = watcher;
        watchers.delete(watcher);
        if (error === undefined) response.destroy();
        else response.end(`${JSON.stringify({ type: 'ERROR', object: status(error.code, error.message) })}\n`);
      }
    },
    forget: () => {
      forgotten = version;
    },
    get openWatches() {
      return watchers.size;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

type Answer = readonly [code: number, body: unknown];

function status(code: number, message: string) {
  return { kind: 'Status', apiVersion: 'v1', code, message };
}

/** `/apis/apps/v1/namespaces/xgen/deployments/core` as collection and name; a namespace itself is one too. */
function split(path: string): [string, string?] {
  const parts = path.split('/').filter((part) => part !== '');
  const at = parts.indexOf('namespaces');
  if (at < 0) return [parts.at(-1) ?? ''];
  const rest = parts.slice(at + 2);
  if (rest.length === 0) return ['namespaces', parts[at + 1] ?? ''];
  const [collection = '', name] = rest;
  return name === undefined ? [collection] : [collection, name];
}

function isSelected({ metadata }: Kept, query: URLSearchParams): boolean {
  const name = /^metadata\.name=(?<name>.*)$/.exec(query.get('fieldSelector') ?? '')?.groups?.['name'];
  if (name !== undefined && name !== metadata.name) return false;
  const labels = (metadata['labels'] ?? {}) as Record<string, string>;
  const wanted = (query.get('labelSelector') ?? '').split(',').filter((pair) => pair !== '');
  return wanted.every((pair) => {
    const [key = '', value] = pair.split('=');
    return labels[key] === value;
  });
}

/** A strategic merge patch: null takes away, containers are merged by their names. */
function merge(was: unknown, change: unknown): unknown {
  if (Array.isArray(change)) {
    const named = change as { name: string }[];
    const old = (Array.isArray(was) ? was : []) as { name: string }[];
    const kept = old.map((one) => merge(one, named.find(({ name }) => name === one.name) ?? {}));
    return [...kept, ...named.filter(({ name }) => !old.some((one) => one.name === name))];
  }
  if (typeof change !== 'object' || change === null) return change;
  const result: Record<string, unknown> = { ...(typeof was === 'object' ? (was as Record<string, unknown>) : {}) };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text === '' ? null : (JSON.parse(text) as unknown);
}

function kubeconfigFor(url: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'fake', user: { token: 'token-of-a-test' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    'current-context': 'fake',
  });
}
