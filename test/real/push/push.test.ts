import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNumbers, requireWritable } from '../../../src/pipeline/check-registry.ts';
import { push } from '../../../src/pipeline/push.ts';
import { FINGERPRINT_LABEL } from '../../../src/plan/labels.ts';
import { useLab } from '../../lab/use-lab.ts';
import type { Numbers } from '../../pipeline/push-world.ts';
import { openBuildLab, type BuildLab } from '../build/build-lab.ts';
import { addressOf, quickImage, realOrder, realPlan, registriesWith } from './push-lab.ts';

const { baseImage, engine, registries } = useLab();
const { nexus, local } = registries;
const signal = AbortSignal.timeout(100_000);
const FINGERPRINT = 'f-real';
/** The lab is shared, and tests may run twice in it. */
const PREFIX = `push-test/${process.pid}-${Date.now()}`;

let lab: BuildLab;
beforeAll(async () => {
  lab = await openBuildLab(engine.host);
});
afterAll(() => lab.close());

const withLogin = registriesWith({ XGEN_CREDENTIAL_NEXUS: `${nexus.username}:${nexus.password}` });
const nexusAddress = addressOf(nexus.host, 'nexus');

async function built(text: string) {
  const directory = await lab.context({ Dockerfile: `FROM ${baseImage}\nRUN echo ${text} > /text\n` });
  const platform = 'linux/amd64';
  const { image } = await lab.build(directory, { platform, labels: { [FINGERPRINT_LABEL]: FINGERPRINT } });
  return image;
}

describe('a push from a real engine to a registry with a login', () => {
  it('ends with both tags on one digest, every blob asked for, and the number before it as previous', async () => {
    const repository = `${PREFIX}/both`;
    const login = { username: nexus.username, password: nexus.password, from: 'a test' };
    const order = { registries: withLogin, address: nexusAddress, repository, fingerprint: FINGERPRINT };
    const first = await push({ ...realOrder({ ...order, number: 1, image: await built('one') }), login });
    const second = await push({ ...realOrder({ ...order, number: 2, image: await built('two') }), login });
    const client = withLogin.open(nexusAddress);
    expect(await client.headManifest(repository, 'b1-amd64', signal)).toBe(first.digest);
    expect(await client.headManifest(repository, 'b2-amd64', signal)).toBe(second.digest);
    expect(await client.headManifest(repository, 'latest-amd64', signal)).toBe(second.digest);
    expect(second).toMatchObject({ number: 2, adopted: false, previous: { number: 1, digest: first.digest } });
    expect(await client.hasBlob(repository, second.configDigest, signal)).toBe(true);
  });

  it('is adopted after a crash, but not where the registry lost a blob', async () => {
    const repository = `${PREFIX}/adopted`;
    const image = await built('adopted');
    const login = { username: nexus.username, password: nexus.password, from: 'a test' };
    const order = {
      registries: withLogin,
      address: nexusAddress,
      repository,
      fingerprint: FINGERPRINT,
      image,
      number: 1,
    };
    const before = await push({ ...realOrder(order), login });
    const again = await push({ ...realOrder({ ...order, build: { attempt: 2 } }), login });
    expect(again).toMatchObject({ number: 1, digest: before.digest, adopted: true });
    const authorization = `Basic ${Buffer.from(`${nexus.username}:${nexus.password}`).toString('base64')}`;
    const blob = `http://${nexus.host}/v2/${repository}/blobs/${before.configDigest}`;
    expect((await fetch(blob, { method: 'DELETE', headers: { authorization } })).status).toBe(202);
    // Without its configuration the label cannot be read, so the image is nobody's.
    const lost = push({ ...realOrder({ ...order, build: { attempt: 2 } }), login });
    expect(await lost).toMatchObject({ number: 2, adopted: false });
  });
});

describe('the check before the build', () => {
  const plan = realPlan(nexusAddress, `${PREFIX}/check`);

  it('finds an empty repository that may be written to, and leaves no upload behind', async () => {
    const check = { plan, client: withLogin.open(nexusAddress), signal };
    expect(await readNumbers(check)).toEqual({ tags: [], highest: 0 });
    await requireWritable(check);
  });

  it('refuses a wrong login, naming the credential and where it is from', async () => {
    const wrong = registriesWith({ XGEN_CREDENTIAL_NEXUS: `${nexus.username}:not-the-password` });
    const checking = readNumbers({ plan, client: wrong.open(nexusAddress), signal });
    await expect(checking).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN_REFUSED',
      message: expect.stringContaining(`"nexus" (user ${nexus.username}, from environment XGEN_CREDENTIAL_NEXUS)`),
    });
  });

  it('asks for a login where the registry wants one and none is configured', async () => {
    const client = withLogin.open(addressOf(nexus.host, null));
    await expect(readNumbers({ plan, client, signal })).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN_REFUSED',
      hint: expect.stringContaining('credentialId'),
    });
  });
});

describe('defect 3: ten pushes at once to a real registry', () => {
  async function pushTen(repository: string, numbersOf: () => Numbers) {
    const address = addressOf(local.host, null);
    const open = registriesWith({});
    const place = { registries: open, address, scratch: `${repository}-scratch` };
    const images = await Promise.all(
      Array.from({ length: 10 }, (_, index) => quickImage(place, { content: `${index}`, fingerprint: `f${index}` })),
    );
    const results = await Promise.all(
      images.map((image, index) => {
        const numbers = numbersOf();
        numbers.last += 1;
        const order = { registries: open, address, repository, fingerprint: `f${index}` };
        return push(realOrder({ ...order, number: numbers.last, numbers, image }));
      }),
    );
    return { client: open.open(address), results };
  }

  it.each([
    ['that share a store', true],
    ['from machines that number on their own', false],
  ])('%s end with ten numbers, each at the digest that was reported', async (_, isShared) => {
    const repository = `${PREFIX}/ten-${isShared ? 'shared' : 'apart'}`;
    const shared: Numbers = { last: 0 };
    const { client, results } = await pushTen(repository, () => (isShared ? shared : { last: 0 }));
    expect(new Set(results.map(({ number }) => number)).size).toBe(10);
    for (const { number, digest } of results) {
      expect(await client.headManifest(repository, `b${number}-amd64`, signal)).toBe(digest);
    }
    const moving = await client.headManifest(repository, 'latest-amd64', signal);
    expect(results.map(({ digest }) => digest)).toContain(moving);
  });
});
