import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wipeEngine } from '../../lab/damage/wipe.ts';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { expectHealed, expectNothingLeft } from './expectations.ts';
import { runBuild, writeDockerfile } from './scene.ts';

const DISK_MB = 220;
let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab({ engineDiskMegabytes: DISK_MB });
});
afterAll(() => lab.close());
beforeEach(() => wipeEngine(lab));

const LARGE = 'xgen-frontend';
const FULL = { stage: 'build', outcome: 'disk-full', rule: 'disk-full' } as const;

function freeMegabytes(): number {
  const { bavail, bsize } = statfsSync(join(lab.directory, 'data'));
  return (bavail * bsize) / 1e6;
}

/** Four steps whose results stay in the cache, until so much is left of the disk. */
async function fillCache(infra: Infra, leftMegabytes: number): Promise<void> {
  const bytes = Math.floor(((freeMegabytes() - leftMegabytes) / 4) * 1e6);
  const steps = [1, 2, 3, 4].map((step) => `RUN head -c ${bytes} /dev/urandom > /cached-${step}\n`);
  await writeDockerfile(infra, `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n${steps.join('')}`);
  expectHealed((await runBuild(infra)).result, []);
}

/** Another service, which was small in its last build, and gets a file for which there is no room. */
async function growService(infra: Infra, megabytes: number): Promise<void> {
  const text = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nWORKDIR /srv/app\nCOPY . .\n';
  await writeFile(join(infra.root, 'dockerfiles/xgen-frontend/Dockerfile.local'), text);
  expectHealed((await runBuild(infra, { service: LARGE })).result, []);
  const files = { large: randomBytes(megabytes * 1_000_000) };
  await infra.commit({ service: LARGE, branch: 'main', files, message: 'Grow' });
}

describe('the disk of the engine is full of its cache', () => {
  async function fullOfCache(): Promise<Infra> {
    const infra = await lab.freshInfra();
    await growService(infra, 25);
    await fillCache(infra, 40);
    return infra;
  }

  it('so half of it goes, loudly, and the build is made', async () => {
    const infra = await fullOfCache();
    const { result, words } = await runBuild(infra, { service: LARGE });
    expectHealed(result, [
      { ...FULL, remedy: 'free-space-and-rebuild', evidence: expect.stringContaining('no space left on device') },
    ]);
    expect(result.warnings.join('\n')).toContain('the disk of the engine was full');
    expect(words).toContain('docker system df');
    // Not all of the cache went.
    const { BuildCache: records } = (await lab.engine.api('GET', '/system/df')) as { BuildCache: { Size: number }[] };
    expect(records.filter(({ Size }) => Size > 30_000_000).length).toBeGreaterThan(0);
    await expectNothingLeft(lab, [infra]);
  });

  it('and the build fails without disk-full, and the next one makes room', async () => {
    const infra = await fullOfCache();
    const { exitCode } = await runBuild(infra, { service: LARGE, without: 'disk-full' });
    expect(exitCode).toBe(1);
    const { result } = await runBuild(infra, { service: LARGE });
    expect(result, JSON.stringify(result)).toMatchObject({ status: 'succeeded', error: null });
    await expectNothingLeft(lab, [infra]);
  });
});

it('says that the disk of the engine is full, and what to type, where something else fills it', async () => {
  const infra = await lab.freshInfra();
  await growService(infra, 40);
  const foreign = join(lab.directory, 'data', 'foreign');
  for (let part = 0; freeMegabytes() > 30; part += 1)
    writeFileSync(`${foreign}-${part}`, Buffer.alloc(Math.min(20, Math.ceil(freeMegabytes() - 29)) * 1_000_000));
  const { exitCode, result } = await runBuild(infra, { service: LARGE });
  expect({ exitCode, code: result.error?.code }).toEqual({ exitCode: 1, code: 'DISK_FULL' });
  expect(result.error?.hint).toContain('docker system df');
  expect(result.attempts.at(-1)).toMatchObject({ ...FULL, remedy: 'none' });
  expect(result.attempts.length).toBeLessThanOrEqual(2);
  for (let part = 0; part < 20; part += 1) rmSync(`${foreign}-${part}`, { force: true });
  const { result: next } = await runBuild(infra, { service: LARGE });
  expectHealed(next, []);
  await expectNothingLeft(lab, [infra]);
});

it('makes room before a build whose last one needed more than is left', async () => {
  const infra = await lab.freshInfra();
  await fillCache(infra, 40);
  await writeDockerfile(infra, 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN head -c 60000000 /dev/urandom > /more\n');
  const { result } = await runBuild(infra);
  expectHealed(result, []);
  expect(result.warnings.join('\n')).toMatch(/the disk of the engine has .* left, and this build may need/);
  await expectNothingLeft(lab, [infra]);
});
