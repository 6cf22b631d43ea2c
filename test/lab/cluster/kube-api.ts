import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** An answer of the API server that is not a success. */
export class KubeApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export interface KubeCall {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** `application/json` by default; a patch says which kind it is. */
  readonly contentType?: string;
}

/** Calls the API server as the cluster's administrator. Resolves to JSON; rejects where the status is 400 or above. */
export function kubeApi(cluster: { folder: string; port: number }): (call: KubeCall) => Promise<unknown> {
  const identity = administrator(cluster.folder);
  return (call) =>
    new Promise((resolve, reject) => {
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const headers = body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' };
      const { method, path } = call;
      const sent = request({ host: '127.0.0.1', port: cluster.port, method, path, headers, ...identity }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = answer.statusCode ?? 500;
          if (status >= 400) reject(new KubeApiError(status, `${method} ${path}: ${status} ${text}`));
          else resolve(readAnswer(text));
        });
      });
      sent.setTimeout(30_000, () => sent.destroy(new Error(`${method} ${path}: no answer within 30 s`)));
      sent.on('error', reject);
      sent.end(body);
    });
}

/** A change that a watch brings; the object is as the API server sends it. */
export interface KubeChange<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * Calls `onChange` for each object at `path` that is there, and for each change from then on. Resolves, once it knows
 * what is there, to what ends it.
 */
export async function kubeWatch<T>(
  cluster: { folder: string; port: number },
  path: string,
  onChange: (change: KubeChange<T>) => void,
): Promise<() => void> {
  // A watch that is not told where to begin waits until the API server's cache is as new as its store, and may fail.
  const list = (await kubeApi(cluster)({ method: 'GET', path })) as KubeList<T>;
  for (const object of list.items) onChange({ type: 'ADDED', object });
  const from = `watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  const sent = request({
    host: '127.0.0.1',
    port: cluster.port,
    path: `${path}?${from}`,
    ...administrator(cluster.folder),
  });
  sent.on('response', (answer) => {
    const lines = createInterface({ input: answer });
    lines.on('line', (line) => onChange(JSON.parse(line) as KubeChange<T>));
    // The lines end with an error too when the watch is ended here.
    lines.on('error', () => {});
    answer.on('error', () => {});
  });
  sent.on('error', () => {});
  sent.end();
  return () => sent.destroy();
}

interface KubeList<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

function administrator(folder: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  const file = (name: string): Buffer => readFileSync(join(folder, 'pki', name));
  return { ca: file('ca.crt'), cert: file('admin.crt'), key: file('admin.key') };
}

/** `/readyz` and logs answer with plain text. */
function readAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
