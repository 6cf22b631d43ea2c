import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseFile, spoilDatabase } from '../../lab/damage/databases.ts';
import { startFaultProxy } from '../../lab/fault-proxy.ts';
import { drips } from '../../lab/faults/slow.ts';
import { startLab, type Infra, type InfraChanges, type OwnLab } from '../../lab/lab.ts';
import {
  expectFailed,
  expectHealed,
  expectMadeUpFor,
  expectNextBuildWorks,
  expectNothingLeft,
  expectPushed,
} from './expectations.ts';
import { changeSource, dockerfile, freshInfra, longStep, runBuild, startBuild, writeDockerfile } from './scene.ts';

let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** How an engine goes away: by a crash, or as an administrator stops it. */
const WAYS = ['kill', 'stop'] as const;
const LOST = { rule: 'engine-lost', outcome: 'transient', remedy: 'wait-for-engine' } as const;

async function slowInfra(seconds: number, changes: InfraChanges = {}): Promise<Infra> {
  const infra = await freshInfra(lab, changes);
  await writeDockerfile(infra, dockerfile(infra.project).replace('STOPSIGNAL', `${longStep(seconds)}\nSTOPSIGNAL`));
  await changeSource(infra, 'second');
  return infra;
}

describe.each(WAYS)('an engine that goes away in the middle of a build (%s) and comes back', (way) => {
  it('is waited for, and the build is made again', async () => {
    const infra = await slowInfra(3);
    const { ended } = await startBuild(infra, 'halfway');
    await lab.engine[way]();
    await lab.engine.start();
    const { result } = await ended;
    expectHealed(result, [{ ...LOST, stage: 'build' }]);
    await expectPushed({ lab, infra }, result, 'second');
    await expectNextBuildWorks({ lab, infra });
    await expectNothingLeft(lab, [infra]);
  });

  it('ends the build without engine-lost, and the next one works', async () => {
    const infra = await slowInfra(3);
    const { ended } = await startBuild(infra, 'halfway', { without: 'engine-lost' });
    await lab.engine[way]();
    await lab.engine.start();
    expectFailed(await ended, 'build');
    await expectNextBuildWorks({ lab, infra });
    await expectNothingLeft(lab, [infra]);
  });
});

describe.each(WAYS)('an engine that goes away in the middle of a push (%s) and comes back', (way) => {
  async function loseEngine(without: string) {
    const proxy = await startFaultProxy(lab.registries.nexus.host);
    const infra = await freshInfra(lab, { project: { registry: { nexus: { host: proxy.host } } } });
    await changeSource(infra, 'second');
    proxy.add({ method: 'PATCH', fault: drips({ bytes: 1_000, pauseMs: 50 }) });
    const running = runBuild(infra, { without });
    const isUploading = (): boolean => proxy.requests.some(({ method }) => method === 'PATCH');
    await vi.waitUntil(isUploading, { timeout: 60_000, interval: 20 });
    await lab.engine[way]();
    proxy.clear();
    await lab.engine.start();
    return { infra, proxy, ...(await running) };
  }

  it('is waited for, and the image is pushed again', async () => {
    const { infra, proxy, result } = await loseEngine('');
    expectHealed(result, [{ ...LOST, stage: 'push' }]);
    await expectPushed({ lab, infra }, result, 'second');
    await expectNextBuildWorks({ lab, infra });
    await expectNothingLeft(lab, [infra]);
    await proxy.close();
  });

  it('ends the build without engine-lost, and the next one works', async () => {
    const { infra, proxy, exitCode, result } = await loseEngine('engine-lost');
    expect({ exitCode, stage: result.error?.stage }).toEqual({ exitCode: 1, stage: 'push' });
    await expectNextBuildWorks({ lab, infra });
    await expectNothingLeft(lab, [infra]);
    await proxy.close();
  });
});

describe('an engine that does not come back', () => {
  it('is waited for no longer than it is told to', async () => {
    const infra = await slowInfra(30);
    const { running, ended } = await startBuild(infra, 'halfway');
    await lab.engine.kill();
    await running.waitFor(/waiting until the engine answers/);
    running.kill('SIGINT');
    const { exitCode, result } = await ended;
    expect({ exitCode, status: result.status }).toEqual({ exitCode: 130, status: 'canceled' });
    await lab.engine.start();
    await expectNextBuildWorks({ lab, infra });
    await expectNothingLeft(lab, [infra]);
  });

  it('because a database is garbage ends a build with what to type, and works once that is gone', async () => {
    const infra = await freshInfra(lab);
    await runBuild(infra);
    await changeSource(infra, 'second');
    await spoilDatabase(lab, 'snapshots.db');
    await expect(lab.engine.start()).rejects.toThrow(/invalid database/);
    const { exitCode, result } = await runBuild(infra);
    expect({ exitCode, code: result.error?.code }).toEqual({ exitCode: 1, code: 'ENGINE_UNREACHABLE' });
    expect(result.error?.hint).toContain('systemctl start docker');
    rmSync(databaseFile(lab.directory, 'snapshots.db'));
    await lab.engine.start();
    await expectMadeUpFor({ lab, infra });
  });
});
