import { describe, expect, it } from 'vitest';
import { mediaTypeIn, readImageConfig, readManifest } from '../../src/values/manifest.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

function bytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

describe('readManifest', () => {
  it('reads configuration and layers of an image', () => {
    const image = { config: { digest: A }, layers: [{ digest: B }, { digest: A }] };
    expect(readManifest(bytes(image))).toEqual({ kind: 'image', config: A, layers: [B, A] });
  });

  it.each([
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  ])('leaves out layers of type %s, which a registry need not hold', (mediaType) => {
    const image = { config: { digest: A }, layers: [{ digest: B, mediaType }] };
    expect(readManifest(bytes(image))).toMatchObject({ layers: [] });
  });

  it.each([
    [{ os: 'linux', architecture: 'amd64' }, 'linux/amd64'],
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'linux/arm64'],
    [{ os: 'linux', architecture: 'aarch64' }, 'linux/arm64'],
    [{ os: 'linux', architecture: 'arm', variant: 'v7' }, 'linux/arm/v7'],
    [{ os: 'linux\u001B[2J', architecture: 'amd64' }, 'unknown/amd64'],
    [undefined, 'unknown/unknown'],
  ])('names the platform %j of an index entry %s', (platform, name) => {
    expect(readManifest(bytes({ manifests: [{ digest: A, platform }] }))).toEqual({
      kind: 'index',
      entries: [{ digest: A, platform: name }],
    });
  });

  it.each([
    ['no JSON', Buffer.from('<html>')],
    ['null', bytes(null)],
    ['an array', bytes([])],
    ['schema 1', bytes({ schemaVersion: 1, fsLayers: [] })],
    ['a digest that is none', bytes({ config: { digest: 'sha256:../../x' }, layers: [] })],
    ['a layer that is none', bytes({ config: { digest: A }, layers: ['x'] })],
    ['an index entry without a digest', bytes({ manifests: [{}] })],
  ])('refuses %s', (_, text) => {
    expect(readManifest(text)).toBeNull();
  });
});

describe('readImageConfig', () => {
  it('reads platform, labels and time', () => {
    const config = {
      os: 'linux',
      architecture: 'amd64',
      created: '2026-11-22T00:00:00Z',
      config: { Labels: { a: '1', b: 2 } },
    };
    expect(readImageConfig(bytes(config))).toEqual({
      platform: 'linux/amd64',
      labels: { a: '1' },
      created: '2026-11-22T00:00:00Z',
    });
    expect(readImageConfig(bytes({ config: { Labels: null } }))).toMatchObject({ labels: {}, created: null });
    expect(readImageConfig(Buffer.from('x'))).toBeNull();
  });
});

describe('mediaTypeIn', () => {
  it('is what the manifest says of itself', () => {
    expect(mediaTypeIn(bytes({ mediaType: 'application/x' }))).toBe('application/x');
    expect(mediaTypeIn(bytes({}))).toBeNull();
  });
});
