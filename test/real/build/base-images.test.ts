import { afterAll, beforeAll, expect, test } from 'vitest';
import { RULES } from '../../../src/healing/rules.ts';
import { createClock } from '../../../src/adapters/clock.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { createRegistries } from '../../../src/adapters/registry/create-registries.ts';
import { checkBasePlatforms, readBaseDigests, type CheckedBase } from '../../../src/pipeline/base-images.ts';
import { createLooks } from '../../../src/pipeline/looks.ts';
import type { BuildPlan } from '../../../src/plan/build-plan.ts';
import { planFor } from '../../fakes/build-plan.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';
import { LAB_ARCH } from '../../lab/base-image.ts';
import { useLab } from '../../lab/use-lab.ts';
import { errorOf, openBuildLab, type BuildLab } from './build-lab.ts';

const { baseImage, engine, registries } = useLab();
const FOREIGN = LAB_ARCH === 'arm64' ? 'amd64' : 'arm64';
let lab: BuildLab;

beforeAll(async () => {
  lab = await openBuildLab(engine.host);
});
afterAll(async () => lab.close());

async function check(image: string, build: Partial<BuildPlan['build']>): Promise<readonly CheckedBase[]> {
  const noLogin = { require: async () => Promise.reject(new Error('no credentialId here')), find: async () => null };
  const redactor = createRedactor();
  const signal = AbortSignal.timeout(20_000);
  const info = await lab.builder.info(signal);
  const clients = createRegistries({
    rules: RULES,
    credentials: noLogin,
    isInsecure: async (host) => info.isInsecure(host),
    redactor,
    clock: createClock(),
    logger: silentLogger,
  });
  const ports = { registries: clients, builder: lab.builder };
  const all = { plan: planFor(build), bases: [{ image, platform: null }], ports, looks: createLooks(signal) };
  await checkBasePlatforms(all);
  return readBaseDigests(all);
}

const own = { arch: LAB_ARCH, platform: `linux/${LAB_ARCH}` } as const;
const foreign = { arch: FOREIGN, platform: `linux/${FOREIGN}` } as const;

test('defect 6: a build for another architecture than its base image is refused, which the engine would label wrongly', async () => {
  const error = await errorOf(check(baseImage, { ...foreign, args: { BASE: baseImage } }));
  expect(error.code).toBe('BASE_IMAGE_PLATFORM');
  expect(error.message).toBe(
    `the base image ${baseImage} is for linux/${LAB_ARCH}, and the build is for linux/${FOREIGN}`,
  );
  expect(error.hint).toContain('build argument BASE');
  const directory = await lab.context({ Dockerfile: `FROM ${baseImage}\nCOPY . /\n` });
  const { image } = await lab.build(directory, { platform: foreign.platform });
  expect(image.platform).toBe(foreign.platform);
});

test('a base image of the right platform is named with its digest, also behind the engine', async () => {
  const [checked] = await check(baseImage, own);
  expect(checked).toEqual({ image: baseImage, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
});

test('with build.pull: false the engine itself is asked', async () => {
  const directory = await lab.context({ Dockerfile: `FROM ${baseImage}\nRUN echo local\n` });
  const { image } = await lab.build(directory);
  const docker = await lab.engine.docker();
  await docker.getImage(image.id).tag({ repo: 'build-test-base', tag: '1' });
  try {
    expect(await check('build-test-base:1', { ...own, pull: false })).toEqual([
      { image: 'build-test-base:1', digest: image.id },
    ]);
    expect((await errorOf(check('build-test-base:1', { ...foreign, pull: false }))).code).toBe('BASE_IMAGE_PLATFORM');
  } finally {
    await docker.getImage('build-test-base:1').remove();
  }
  const error = await errorOf(check('build-test-base:1', { ...own, pull: false }));
  expect(error).toMatchObject({ code: 'BASE_IMAGE_MISSING' });
  expect(error.hint).toContain('docker pull build-test-base:1');
});

test('a base image that is missing, refused or unreachable is told apart', async () => {
  const missing = await errorOf(check(baseImage.replace(':1', ':99'), own));
  expect(missing.code).toBe('BASE_IMAGE_MISSING');
  const refused = await errorOf(check(`${registries.nexus.host}/base/busybox:1`, own));
  expect(refused.code).toBe('BASE_IMAGE_MISSING');
  const unreachable = await errorOf(check('127.0.0.1:1/base/busybox:1', own));
  expect(unreachable.code).toBe('REGISTRY_UNREACHABLE');
  expect(unreachable.message).toContain('127.0.0.1:1/base/busybox:1');
});
