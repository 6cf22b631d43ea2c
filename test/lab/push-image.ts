import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface ImageToPush {
  /** `127.0.0.1:5000` */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
  /** What its configuration says: `amd64` or `arm64`. */
  readonly architecture: string;
  readonly layers: readonly Buffer[];
  /** The `config` object of the image: Env, Cmd, Labels, … */
  readonly config: Readonly<Record<string, unknown>>;
  readonly login?: { readonly username: string; readonly password: string };
}

/** Pushes an image that was made here by the registry's own API, without an engine. Resolves to the manifest's digest. */
export async function pushImage(image: ImageToPush): Promise<string> {
  const layers = image.layers.map((tar) => ({ diffId: digestOf(tar), blob: gzipSync(tar) }));
  const config = Buffer.from(
    JSON.stringify({
      architecture: image.architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: image.config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'lab' })),
    }),
  );
  await Promise.all([config, ...layers.map((layer) => layer.blob)].map((blob) => pushBlob(image, blob)));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: descriptor('application/vnd.docker.container.image.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip', layer.blob)),
  });
  return pushManifest(image, { tag: image.tag, body: manifest });
}

/** Puts a manifest or an index under a tag. */
export async function pushManifest(
  image: Pick<ImageToPush, 'host' | 'repository' | 'login'>,
  manifest: { tag: string; body: string },
): Promise<string> {
  const { mediaType } = JSON.parse(manifest.body) as { mediaType: string };
  const answer = await fetch(`http://${image.host}/v2/${image.repository}/manifests/${manifest.tag}`, {
    method: 'PUT',
    headers: { ...authorization(image.login), 'content-type': mediaType },
    body: manifest.body,
  });
  if (answer.status !== 201) throw new Error(`the lab's registry refused a manifest: ${await answer.text()}`);
  return digestOf(Buffer.from(manifest.body));
}

async function pushBlob(image: ImageToPush, blob: Buffer): Promise<void> {
  const headers = authorization(image.login);
  const begun = await fetch(`http://${image.host}/v2/${image.repository}/blobs/uploads/`, { method: 'POST', headers });
  const location = begun.headers.get('location');
  if (location === null) throw new Error(`the lab's registry refused an upload: ${begun.status}`);
  const url = new URL(location, `http://${image.host}`);
  url.searchParams.set('digest', digestOf(blob));
  const done = await fetch(url, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(blob),
  });
  if (done.status !== 201) throw new Error(`the lab's registry refused a blob: ${done.status} ${await done.text()}`);
}

function descriptor(mediaType: string, content: Buffer): object {
  return { mediaType, size: content.length, digest: digestOf(content) };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function authorization(login: ImageToPush['login']): Record<string, string> {
  if (login === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` };
}
