import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import { isDigest, type Digest } from '../../../src/values/image-reference.ts';
import { DOCKER_MANIFEST, sha256, startFakeRegistry, type FakeRegistry } from './fake-registry.ts';
import { instantClock, openClient } from './open-client.ts';

const REPOSITORY = 'xgen/main/xgen-core';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const signal = new AbortController().signal;

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startFakeRegistry();
});
afterEach(() => registry.close());

function digest(text: string): Digest {
  if (!isDigest(text)) throw new Error(`${text} is no digest`);
  return text;
}

function putIndex(tag: string, entries: readonly { digest: string; platform: object }[]): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }));
  registry.manifests.set(sha256(bytes), { type: OCI_INDEX, bytes });
  registry.tags.set(`${REPOSITORY}:${tag}`, sha256(bytes));
}

describe('reading manifests', () => {
  it('reads a manifest by tag, and puts the same bytes under another tag with the same digest', async () => {
    const { manifest } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    const client = openClient({ host: registry.host });
    const read = await client.getManifest(REPOSITORY, 'b1-amd64', signal);
    expect(read).toMatchObject({ digest: manifest, mediaType: DOCKER_MANIFEST });
    if (read === null) throw new Error('no manifest');
    await client.putManifest({ repository: REPOSITORY, reference: 'latest-amd64', manifest: read, signal });
    expect(await client.headManifest(REPOSITORY, 'latest-amd64', signal)).toBe(manifest);
  });

  it('answers null for a tag and a repository that are not there', async () => {
    const client = openClient({ host: registry.host });
    expect(await client.headManifest(REPOSITORY, 'b9-amd64', signal)).toBeNull();
    expect(await client.getManifest('xgen/none', 'latest', signal)).toBeNull();
    expect(await client.platforms(REPOSITORY, 'b9-amd64', signal)).toBeNull();
    const get = { repository: REPOSITORY, reference: 'b9-amd64', platform: 'linux/amd64', signal };
    expect(await client.getConfig(get)).toBeNull();
  });

  it('reads the bytes where the registry does not say the digest', async () => {
    const { manifest } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    const { bytes } = registry.manifests.get(manifest) ?? {};
    registry.intercept = ({ path }) =>
      path.includes('/manifests/') && bytes !== undefined ? { status: 200, body: bytes } : undefined;
    expect(await openClient({ host: registry.host }).headManifest(REPOSITORY, 'b1-amd64', signal)).toBe(manifest);
  });

  it('refuses a manifest whose bytes are not those of the digest that was asked for', async () => {
    const { manifest } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    registry.manifests.set(manifest, { type: DOCKER_MANIFEST, bytes: Buffer.from('{"config":"forged"}') });
    const client = openClient({ host: registry.host });
    await expect(client.getManifest(REPOSITORY, manifest, signal)).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
    await expect(client.getManifest(REPOSITORY, 'b1-amd64', signal)).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
  });

  it('stops reading a manifest that has no end', async () => {
    registry.intercept = ({ path }) =>
      path.includes('/manifests/') ? { status: 200, body: Buffer.alloc(9 * 1024 * 1024, ' ') } : undefined;
    const reading = openClient({ host: registry.host }).getManifest(REPOSITORY, 'b1-amd64', signal);
    await expect(reading).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
  });

  it('refuses names that would leave their place in the address', async () => {
    const client = openClient({ host: registry.host });
    for (const name of ['../x', 'a/../b', 'A/b', 'a b', 'a?x=1', '-x', '']) {
      await expect(client.headManifest(name, 'latest', signal)).rejects.toThrow(/not the name of a repository/);
    }
    await client.headManifest(REPOSITORY, '../../x', signal);
    expect(registry.seen.at(-1)?.path).toBe(`/v2/${REPOSITORY}/manifests/..%2F..%2Fx`);
  });
});

describe('reading configurations', () => {
  it('reads platform and labels of an image', async () => {
    const labels = { 'io.xgen-build.fingerprint': 'f1' };
    const { manifest, config } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64', labels });
    const get = { repository: REPOSITORY, reference: 'b1-amd64', platform: 'linux/amd64', signal };
    expect(await openClient({ host: registry.host }).getConfig(get)).toEqual({
      digest: config,
      manifestDigest: manifest,
      platform: 'linux/amd64',
      labels,
      created: null,
    });
  });

  it('tells an image of another platform from the one that was asked for', async () => {
    registry.add({ repository: REPOSITORY, tag: 'b1-arm64', architecture: 'arm64' });
    const client = openClient({ host: registry.host });
    const get = { repository: REPOSITORY, reference: 'b1-arm64', platform: 'linux/amd64', signal };
    expect(await client.getConfig(get)).toBeNull();
    expect(await client.platforms(REPOSITORY, 'b1-arm64', signal)).toEqual(['linux/arm64']);
  });

  it('finds the platform in an index, and leaves attestations out of its platforms', async () => {
    const amd = registry.add({ repository: REPOSITORY, tag: 'amd', content: 'amd' });
    const arm = registry.add({ repository: REPOSITORY, tag: 'arm', architecture: 'arm64', content: 'arm' });
    putIndex('both', [
      { digest: amd.manifest, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: arm.manifest, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      { digest: sha256('x'), platform: { os: 'unknown', architecture: 'unknown' } },
    ]);
    const client = openClient({ host: registry.host });
    expect(await client.platforms(REPOSITORY, 'both', signal)).toEqual(['linux/amd64', 'linux/arm64']);
    const get = { repository: REPOSITORY, reference: 'both', platform: 'linux/arm64', signal };
    expect(await client.getConfig(get)).toMatchObject({ manifestDigest: arm.manifest, platform: 'linux/arm64' });
    expect(await client.getConfig({ ...get, platform: 'linux/s390x' })).toBeNull();
  });

  it('says so when a manifest is of a type that it does not know', async () => {
    const bytes = Buffer.from('{"schemaVersion":1,"fsLayers":[]}');
    registry.manifests.set(sha256(bytes), { type: 'application/vnd.docker.distribution.manifest.v1+json', bytes });
    registry.tags.set(`${REPOSITORY}:old`, sha256(bytes));
    const reading = openClient({ host: registry.host }).platforms(REPOSITORY, 'old', signal);
    await expect(reading).rejects.toThrow(/type that is not understood/);
  });

  it('refuses a configuration whose bytes are not those of its digest', async () => {
    const { config } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    registry.blobs.set(config, Buffer.from('{"os":"linux","architecture":"amd64"}'));
    const get = { repository: REPOSITORY, reference: 'b1-amd64', platform: 'linux/amd64', signal };
    await expect(openClient({ host: registry.host }).getConfig(get)).rejects.toThrow(/other bytes/);
  });
});

describe('reading tags', () => {
  it('follows every page, by relative and absolute addresses, at the host that it knows', async () => {
    const next: Record<string, string> = {
      [`/v2/${REPOSITORY}/tags/list?n=1000`]: `</v2/${REPOSITORY}/tags/list?last=b1&n=2>; rel="next"`,
      [`/v2/${REPOSITORY}/tags/list?last=b1&n=2`]: `<http://elsewhere.invalid/v2/${REPOSITORY}/tags/list?last=b2>; rel=next`,
    };
    let page = 0;
    registry.intercept = ({ path }) => {
      if (!path.includes('/tags/')) return undefined;
      page += 1;
      const link = next[path];
      return { status: 200, body: JSON.stringify({ tags: [`b${page}`] }), headers: link === undefined ? {} : { link } };
    };
    const tags = await openClient({ host: registry.host }).listTags(REPOSITORY, signal);
    expect(tags).toEqual(['b1', 'b2', 'b3']);
  });

  it('refuses pages without an end that hold nothing new', async () => {
    let page = 0;
    registry.intercept = ({ path }) => {
      if (!path.includes('/tags/')) return undefined;
      page += 1;
      const link = `</v2/${REPOSITORY}/tags/list?last=${page}>; rel="next"`;
      return { status: 200, body: '{"tags":["b1"]}', headers: { link } };
    };
    const listing = openClient({ host: registry.host }).listTags(REPOSITORY, signal);
    await expect(listing).rejects.toThrow(/without an end/);
    expect(page).toBeLessThan(50);
  });

  it('refuses pages that go in a circle', async () => {
    const link = `</v2/${REPOSITORY}/tags/list?n=1000>; rel="next"`;
    registry.intercept = ({ path }) =>
      path.includes('/tags/') ? { status: 200, body: '{"tags":["b1"]}', headers: { link } } : undefined;
    const listing = openClient({ host: registry.host }).listTags(REPOSITORY, signal);
    await expect(listing).rejects.toThrow(/without an end/);
  });

  it.each([
    ['no repository', { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' }, []],
    ['no tags left', { status: 200, body: '{"name":"x","tags":null}' }, []],
    ['tags that are none', { status: 200, body: '{"tags":["b1","../x","a b",7,"-x"]}' }, ['b1']],
  ])('reads an answer with %s', async (_, answer, expected) => {
    registry.intercept = ({ path }) => (path.includes('/tags/') ? answer : undefined);
    expect(await openClient({ host: registry.host }).listTags(REPOSITORY, signal)).toEqual(expected);
  });

  it('does not take a page of something else for an empty list', async () => {
    registry.intercept = ({ path }) =>
      path.includes('/tags/') ? { status: 200, body: '<html>sign in</html>' } : undefined;
    const listing = openClient({ host: registry.host }).listTags(REPOSITORY, signal);
    await expect(listing).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
  });
});

describe('asking for the right to push', () => {
  it('begins an upload and drops it', async () => {
    await openClient({ host: registry.host }).checkWritable(REPOSITORY, signal);
    expect(registry.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v2/',
      `POST /v2/${REPOSITORY}/blobs/uploads/`,
      `DELETE /v2/${REPOSITORY}/blobs/uploads/upload-1?state=x`,
    ]);
  });

  it('is content where the registry cannot drop uploads', async () => {
    registry.intercept = ({ method }) => (method === 'DELETE' ? { status: 405 } : undefined);
    await openClient({ host: registry.host }).checkWritable(REPOSITORY, signal);
    expect(registry.seen.at(-1)?.method).toBe('DELETE');
  });

  it('never sends the dropping of an upload to another host', async () => {
    registry.intercept = ({ method }) =>
      method === 'POST' ? { status: 202, headers: { location: 'http://elsewhere.invalid/upload' } } : undefined;
    await openClient({ host: registry.host }).checkWritable(REPOSITORY, signal);
    expect(registry.seen.at(-1)?.method).toBe('POST');
  });

  it.each([
    [403, 'REGISTRY_WRITE_REFUSED', /right to push/],
    [405, 'REGISTRY_WRITE_REFUSED', /takes pushes/],
    [404, 'REGISTRY_WRITE_REFUSED', /create the project/],
    [401, 'REGISTRY_LOGIN_REFUSED', /credentialId/],
    [400, 'REGISTRY_FAILED', /curl/],
  ])('says what is wrong at answer %i', async (status, code, hint) => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'read\u001B[31m only' }] });
    registry.intercept = ({ method }) => (method === 'POST' ? { status, body } : undefined);
    await expect(openClient({ host: registry.host }).checkWritable(REPOSITORY, signal)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint),
      evidence: ['DENIED: read [31m only'],
    });
  });
});

describe('looking for blobs', () => {
  it('tells one that is there from one that is not', async () => {
    const { layer } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    const client = openClient({ host: registry.host });
    expect(await client.hasBlob(REPOSITORY, digest(layer), signal)).toBe(true);
    expect(await client.hasBlob(REPOSITORY, digest(sha256('none')), signal)).toBe(false);
  });

  it('follows to an object store without the login', async () => {
    const store = await startFakeRegistry();
    const { layer } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    store.intercept = () => ({ status: 200, body: 'x' });
    registry.intercept = ({ path, authorization }) => {
      if (authorization === null) return { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
      return path.includes('/blobs/') ? { status: 307, headers: { location: `${store.url}/bucket?sig=1` } } : undefined;
    };
    const client = openClient({ host: registry.host, login: { username: 'ci', password: 'pass-word' } });
    expect(await client.hasBlob(REPOSITORY, digest(layer), signal)).toBe(true);
    expect(store.seen).toEqual([{ method: 'HEAD', path: '/bucket?sig=1', authorization: null, body: '' }]);
    await store.close();
  });

  it('asks an object store for one byte where its address is signed for GET alone', async () => {
    const { layer } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    registry.intercept = ({ method, path }) =>
      path.includes('/blobs/') ? { status: method === 'HEAD' ? 403 : 206, body: 'l' } : undefined;
    expect(await openClient({ host: registry.host }).hasBlob(REPOSITORY, digest(layer), signal)).toBe(true);
  });

  it('gives up a redirect in a circle', async () => {
    const { layer } = registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    registry.intercept = ({ path }) =>
      path.includes('/blobs/') ? { status: 302, headers: { location: path } } : undefined;
    const looking = openClient({ host: registry.host }).hasBlob(REPOSITORY, digest(layer), signal);
    await expect(looking).rejects.toThrow(/in a circle/);
  });
});

describe('trouble on the way', () => {
  it('asks again after 503 and gives the answer', async () => {
    registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    const clock = instantClock();
    let failures = 2;
    registry.intercept = ({ path }) => {
      if (!path.includes('/tags/') || failures === 0) return undefined;
      failures -= 1;
      return { status: 503 };
    };
    expect(await openClient({ host: registry.host, clock }).listTags(REPOSITORY, signal)).toEqual(['b1-amd64']);
    const [first = 0, second = 0] = clock.slept;
    expect(first).toBeLessThanOrEqual(500);
    expect(second).toBeGreaterThanOrEqual(500);
    expect(clock.slept).toHaveLength(2);
  });

  it('says what a registry that stays broken says, and no page of HTML', async () => {
    registry.intercept = ({ path }) =>
      path.includes('/tags/')
        ? { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' }
        : undefined;
    await expect(openClient({ host: registry.host }).listTags(REPOSITORY, signal)).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
      message: expect.stringContaining('answered 502 when reading the tags'),
      evidence: [],
    });
  });

  it('obeys Retry-After, and gives up where that is long', async () => {
    registry.add({ repository: REPOSITORY, tag: 'b1-amd64' });
    const clock = instantClock();
    const waits = ['7', '3600'];
    registry.intercept = ({ path }) =>
      path.includes('/tags/') ? { status: 429, headers: { 'retry-after': waits.shift() ?? '1' } } : undefined;
    const listing = openClient({ host: registry.host, clock }).listTags(REPOSITORY, signal);
    const hint = 'the registry asks to wait 60 minutes: run the command again then';
    await expect(listing).rejects.toMatchObject({ code: 'REGISTRY_FAILED', hint });
    expect(clock.slept).toEqual([7000]);
  });

  it('names a registry that does not listen', async () => {
    const { host } = registry;
    await registry.close();
    await expect(openClient({ host }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('nothing listens there'),
    });
    registry = await startFakeRegistry();
  });

  it('gives up a registry that takes the connection and says nothing', async () => {
    registry.intercept = () => new Promise(() => undefined);
    await expect(openClient({ host: registry.host, idleMs: 30 }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('did not answer in time'),
    });
  });

  it('stops with the reason of the signal', async () => {
    registry.intercept = () => new Promise(() => undefined);
    const stop = new AbortController();
    const asking = openClient({ host: registry.host }).ping(stop.signal);
    const reason = new AbortReason('canceled', 'interrupted', 'SIGINT');
    setTimeout(() => stop.abort(reason), 10);
    await expect(asking).rejects.toBe(reason);
  });

  it('asks at the address of the API and names the registry as images do', async () => {
    registry.intercept = ({ path }) => (path.includes('/tags/') ? { status: 418 } : undefined);
    const client = openClient({ host: 'localhost:30500', apiHost: registry.host });
    await expect(client.listTags(REPOSITORY, signal)).rejects.toThrow(
      `localhost:30500 (asked at ${registry.host}) answered 418`,
    );
  });

  it('refuses what is no host', async () => {
    for (const host of ['', 'a/b', 'user@host', 'ho st']) {
      await expect(openClient({ host }).ping(signal)).rejects.toThrow(/not the host of a registry/);
    }
  });
});
