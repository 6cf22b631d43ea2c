import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../lab/fault-proxy.ts';
import { answers, asksForLogin, limits } from '../../lab/faults/answer.ts';
import { corruptsAnswer, corruptsRequest } from '../../lab/faults/corrupt.ts';
import { forgetsBlob, forgetsLayerOfManifest, forgetsManifest } from '../../lab/faults/forget.ts';
import { resetsAnswer, resetsRequest } from '../../lab/faults/reset.ts';
import { drips, isSilent } from '../../lab/faults/slow.ts';
import { pushImage } from '../../lab/push-image.ts';
import { useLab } from '../../lab/use-lab.ts';

const { registries } = useLab();
const repository = `proxy-test/${randomBytes(4).toString('hex')}`;
const layer = randomBytes(200_000);

let proxy: FaultProxy;
beforeEach(async () => {
  proxy = await startFaultProxy(registries.local.host);
});
afterEach(() => proxy.close());

function push(): Promise<string> {
  const image = { host: proxy.host, repository, tag: 'one', architecture: 'amd64', layers: [layer], config: {} };
  return pushImage(image);
}

async function ask(path: string, method = 'GET'): Promise<Response> {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  return fetch(`http://${proxy.host}/v2/${path}`, { method, headers: { accept } });
}

/** The digest of the image's layer. */
async function layerOf(): Promise<string> {
  const manifest = (await (await ask(`${repository}/manifests/one`)).json()) as { layers: { digest: string }[] };
  return manifest.layers[0]?.digest ?? '';
}

it('lets a push and a pull through unchanged, and lists their requests', async () => {
  await push();
  const digest = await layerOf();
  const blob = Buffer.from(await (await ask(`${repository}/blobs/${digest}`)).arrayBuffer());
  expect(`sha256:${createHash('sha256').update(blob).digest('hex')}`).toBe(digest);
  expect(proxy.requests.map(({ method }) => method).sort()).toEqual([
    'GET',
    'GET',
    'POST',
    'POST',
    'PUT',
    'PUT',
    'PUT',
  ]);
  expect(proxy.requests.every(({ fault, isLoggedIn }) => fault === null && !isLoggedIn)).toBe(true);
});

describe('a rule', () => {
  it('is for the requests that fit, after some, and for so many', async () => {
    proxy.add({ fault: answers({ status: 502 }), method: 'GET', path: /\/tags\/list$/, after: 1, times: 2 });
    const statuses: number[] = [];
    for (let asked = 0; asked < 4; asked += 1) statuses.push((await ask(`${repository}/tags/list`)).status);
    expect(statuses.map((status) => status === 502)).toEqual([false, true, true, false]);
    expect((await ask('', 'HEAD')).status).toBe(200);
  });

  it('answers in the place of the registry', async () => {
    proxy.add({ fault: limits(7), times: 1 });
    proxy.add({ fault: limits(null), times: 1 });
    proxy.add({ fault: asksForLogin() });
    const [first, second, third] = [await ask(''), await ask(''), await ask('')];
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null]);
    expect(third.headers.get('www-authenticate')).toContain('Basic');
  });

  it('breaks a connection in the middle of what is sent, and of what is answered', async () => {
    proxy.add({ fault: resetsRequest(50_000), method: 'PUT', path: /\/blobs\//, after: 1, times: 1 });
    await expect(push()).rejects.toThrow('fetch failed');
    await push();
    const digest = await layerOf();
    proxy.add({ fault: resetsAnswer(50_000), path: /\/blobs\// });
    const answer = await ask(`${repository}/blobs/${digest}`);
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
  });

  it('is silent, or slow', async () => {
    await push();
    const digest = await layerOf();
    proxy.add({ fault: isSilent(300), path: /\/tags\// });
    proxy.add({ fault: drips({ bytes: 50_000, pauseMs: 100 }), path: /\/blobs\// });
    const begin = performance.now();
    expect((await ask(`${repository}/tags/list`)).status).toBe(200);
    const afterSilence = performance.now();
    expect(afterSilence - begin).toBeGreaterThan(290);
    expect((await (await ask(`${repository}/blobs/${digest}`)).arrayBuffer()).byteLength).toBeGreaterThan(190_000);
    expect(performance.now() - afterSilence).toBeGreaterThan(290);
  });

  it('changes a byte on the way there, which the registry refuses, and on the way back', async () => {
    proxy.add({ fault: corruptsRequest(), method: 'PUT', path: /\/blobs\//, times: 1 });
    await expect(push()).rejects.toThrow(/DIGEST_INVALID/);
    await push();
    const digest = await layerOf();
    proxy.add({ fault: corruptsAnswer(), path: /\/blobs\// });
    const blob = Buffer.from(await (await ask(`${repository}/blobs/${digest}`)).arrayBuffer());
    expect(`sha256:${createHash('sha256').update(blob).digest('hex')}`).not.toBe(digest);
  });

  it('loses a blob, a layer of a manifest, or the manifest', async () => {
    proxy.add({ fault: forgetsBlob(), method: 'PUT', path: /\/blobs\//, times: 1 });
    await expect(push()).rejects.toThrow(/BLOB_UNKNOWN/);
    proxy.add({ fault: forgetsLayerOfManifest(), method: 'PUT', path: /\/manifests\//, times: 1 });
    await push();
    expect((await ask(`${repository}/blobs/${await layerOf()}`, 'HEAD')).status).toBe(404);
    proxy.add({ fault: forgetsManifest(), method: 'PUT', path: /\/manifests\// });
    await push();
    expect((await ask(`${repository}/manifests/one`)).status).toBe(404);
  });
});
