import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { LoginRegistry } from '../../lab/registry.ts';

/** An image as somebody gets it who pulls it: nothing of it is believed that was not computed again. */
export interface PushedImage {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly diffIds: readonly string[];
  /** The layers' archives, the lowest first. */
  readonly layers: readonly Buffer[];
}

export interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Reads a whole image from the registry's own address. Fails where a part is missing or is not what its digest says. */
export async function readPushedImage(
  registry: LoginRegistry,
  repository: string,
  reference: string,
): Promise<PushedImage> {
  const get = (path: string): Promise<Buffer> => read(registry, `/v2/${repository}/${path}`);
  const bytes = await get(`manifests/${reference}`);
  const manifest = JSON.parse(bytes.toString()) as Manifest;
  const blob = async (digest: string): Promise<Buffer> => {
    const content = await get(`blobs/${digest}`);
    expect(digestOf(content), `the blob ${digest} of ${repository}`).toBe(digest);
    return content;
  };
  const config = JSON.parse((await blob(manifest.config.digest)).toString()) as { rootfs: { diff_ids: string[] } };
  const layers: Buffer[] = [];
  for (const { digest } of manifest.layers) layers.push(gunzipSync(await blob(digest)));
  expect(layers.map(digestOf)).toEqual(config.rootfs.diff_ids);
  return { digest: digestOf(bytes), manifest, diffIds: config.rootfs.diff_ids, layers };
}

async function read(registry: LoginRegistry, path: string): Promise<Buffer> {
  const login = Buffer.from(`${registry.username}:${registry.password}`).toString('base64');
  const accept = 'application/vnd.docker.distribution.manifest.v2+json, */*';
  const answer = await fetch(`http://${registry.host}${path}`, {
    headers: { authorization: `Basic ${login}`, accept },
  });
  if (answer.status !== 200) throw new Error(`the registry answered ${answer.status} to GET ${path}`);
  return Buffer.from(await answer.arrayBuffer());
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
