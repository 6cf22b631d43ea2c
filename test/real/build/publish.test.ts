import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Login } from '../../../src/ports/credentials.ts';
import { withTag, type ImageReference } from '../../../src/values/image-reference.ts';
import { useLab } from '../../lab/use-lab.ts';
import { errorOf, openBuildLab, type BuildLab } from './build-lab.ts';

const { baseImage, engine, registries } = useLab();
const FROM = `FROM ${baseImage}\n`;
const observer = { signal: AbortSignal.timeout(100_000), onProgress: () => undefined };
let lab: BuildLab;

beforeAll(async () => {
  lab = await openBuildLab(engine.host);
});
afterAll(async () => lab.close());

const nexusLogin: Login = { username: registries.nexus.username, password: registries.nexus.password, from: 'a test' };

async function built(text: string) {
  const { image } = await lab.build(await lab.context({ Dockerfile: `${FROM}RUN echo ${text} > /text\n` }));
  return image;
}

function reference(host: string, tag: string): ImageReference {
  return withTag({ host, path: 'build-test/publish' }, tag);
}

async function tagsInEngine(): Promise<string[]> {
  const images = await (await lab.engine.docker()).listImages();
  return images.flatMap(({ RepoTags }) => RepoTags ?? []);
}

describe('publish', () => {
  test('pushes with a login, says the digest and how many layers went, and leaves no tag of the registry behind', async () => {
    const image = await built('one');
    const target = reference(registries.nexus.host, 'b1-amd64');
    const published = await image.publish(target, nexusLogin, observer);
    expect(published.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(published.layersTotal).toBe(2);
    expect(published.layersPushed).toBeGreaterThan(0);
    const again = await image.publish(reference(registries.nexus.host, 'b2-amd64'), nexusLogin, observer);
    expect(again).toMatchObject({ digest: published.digest, layersPushed: 0, layersTotal: 2 });
    expect((await tagsInEngine()).filter((tag) => tag.startsWith(registries.nexus.host))).toEqual([]);
  });

  test('needs no login for an open registry', async () => {
    const image = await built('open');
    const published = await image.publish(reference(registries.local.host, 'b1-amd64'), null, observer);
    expect(published.digest).toMatch(/^sha256:/);
  });

  test('says that the login was refused, and where it came from', async () => {
    const image = await built('wrong');
    const login = { username: 'nexus-pusher', password: 'wrong', from: 'environment XGEN_CREDENTIAL_NEXUS' };
    const error = await errorOf(image.publish(reference(registries.nexus.host, 'b9-amd64'), login, observer));
    expect(error.code).toBe('REGISTRY_LOGIN_REFUSED');
    expect(error.hint).toContain('environment XGEN_CREDENTIAL_NEXUS');
    expect(JSON.stringify([error.message, error.hint, error.evidence])).not.toContain('wrong');
  });

  test('says that a login is wanted where none is given', async () => {
    const image = await built('none');
    const error = await errorOf(image.publish(reference(registries.nexus.host, 'b9-amd64'), null, observer));
    expect(error.code).toBe('REGISTRY_LOGIN_REFUSED');
    expect(error.message).toContain('wants a login');
  });

  test('says that the registry does not answer', async () => {
    const image = await built('unreachable');
    const error = await errorOf(image.publish(reference('127.0.0.1:1', 'b1-amd64'), null, observer));
    expect(error.code).toBe('REGISTRY_UNREACHABLE');
  });

  test('keeps the digest by which a container was made from the very same image', async () => {
    const image = await built('kept');
    const docker = await lab.engine.docker();
    const first = reference(registries.local.host, 'b3-amd64');
    const { digest } = await image.publish(first, null, observer);
    const name = `${first.host}/${first.path}@${digest}`;
    const pulled = await docker.pull(name);
    await new Promise((resolve, reject) =>
      docker.modem.followProgress(pulled, (error) => (error ? reject(error) : resolve(null))),
    );
    const container = await docker.createContainer({ Image: name, Cmd: ['true'] });
    try {
      await image.publish(reference(registries.local.host, 'b4-amd64'), null, observer);
      expect((await docker.getImage(image.id).inspect()).RepoDigests).toContain(name);
    } finally {
      await container.remove();
      await docker.getImage(name).remove();
    }
  });
});

describe('local tags', () => {
  test('keep the image until they are removed, which may happen twice', async () => {
    const image = await built('removed');
    await image.remove();
    await image.remove();
    await expect((await lab.engine.docker()).getImage(image.id).inspect()).rejects.toThrow(/no such image/i);
  });

  test('of dead builds are removed, those of live ones stay', async () => {
    const directory = await lab.context({ Dockerfile: `${FROM}RUN echo leftovers\n` });
    const tag = (id: string): ImageReference => withTag({ host: 'xgen-build.local', path: 'leftover-test' }, id);
    await lab.build(directory, { localTag: tag('dead') });
    await lab.build(directory, { localTag: tag('alive') });
    const isOurs = (name: string): boolean => name.startsWith('xgen-build.local/leftover-test:');
    const removed = await lab.builder.removeLeftovers((name) =>
      Promise.resolve(!isOurs(name) || name.endsWith(':alive')),
    );
    expect(removed).toBe(1);
    expect((await tagsInEngine()).filter(isOurs)).toEqual(['xgen-build.local/leftover-test:alive']);
  });
});

describe('what the builder says of itself', () => {
  test('its version, its architecture and which registries it reaches without TLS', async () => {
    const info = await lab.builder.info(observer.signal);
    expect(info.version).toMatch(/^docker \d+\./);
    expect(['amd64', 'arm64']).toContain(info.arch);
    await expect(info.isInsecure(registries.nexus.host)).resolves.toBe(true);
    await expect(info.isInsecure('localhost:5000')).resolves.toBe(true);
    await expect(info.isInsecure('registry.example.com')).resolves.toBe(false);
  });

  test('platform and id of an image in its own store', async () => {
    const image = await built('local');
    const docker = await lab.engine.docker();
    await docker.getImage(image.id).tag({ repo: 'docker.io/library/build-test-local', tag: '1' });
    const reference: ImageReference = { host: 'docker.io', path: 'library/build-test-local', tag: '1', digest: null };
    expect(await lab.builder.inspectLocal(reference, observer.signal)).toEqual({
      platform: image.platform,
      digest: image.id,
    });
    await docker.getImage('build-test-local:1').remove();
    expect(await lab.builder.inspectLocal(reference, observer.signal)).toBeNull();
  });
});
