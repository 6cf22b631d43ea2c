import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startLab, type OwnLab } from '../../lab/lab.ts';
import { mountSmallDisk } from '../../lab/small-disk.ts';
import { expectHealed, expectNextBuildWorks, expectNothingLeft, expectPushed } from './expectations.ts';
import { gateStep, openGate } from './gate.ts';
import { changeSource, dockerfile, freshInfra, runBuild, startBuild, writeDockerfile } from './scene.ts';

let lab: OwnLab;
let own: string;
beforeAll(async () => {
  lab = await startLab();
  own = join(lab.directory, 'own');
  mountSmallDisk(lab.directory, 'own', 40);
});
afterAll(() => lab.close());
beforeEach(() => {
  empty();
});

/** State and checkouts are on a disk that is full in no time; the engine's own disk has room. */
function onOwnDisk(): { readonly environment: Record<string, string> } {
  return { environment: { XGEN_STATE_DIR: join(own, 'state'), XGEN_CACHE_DIR: join(own, 'cache') } };
}

const FILLER = 'filler';

/** Not a byte is left. */
function fill(): void {
  const { bavail, bsize } = statfsSync(own);
  for (let size = bavail * bsize, part = 0; size >= 512; part += 1) {
    try {
      writeFileSync(join(own, `${FILLER}-${part}`), Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
}

function empty(): void {
  for (let part = 0; part < 200; part += 1) rmSync(join(own, `${FILLER}-${part}`), { force: true });
}

it('that is full before a build ends it with what to do, and the next one works', async () => {
  const infra = await freshInfra(lab);
  expectHealed((await runBuild(infra, onOwnDisk())).result, []);
  await changeSource(infra, 'second');
  fill();
  const { exitCode, result } = await runBuild(infra, onOwnDisk());
  expect({ exitCode, code: result.error?.code }).toEqual({ exitCode: 1, code: 'DISK_FULL' });
  expect(`${result.error?.message} ${result.error?.hint}`).toContain(own);
  empty();
  const { result: next } = await runBuild(infra, onOwnDisk());
  expectHealed(next, []);
  await expectPushed({ lab, infra }, next, 'second');
  await expectNothingLeft(lab, [infra]);
});

it('that gets full in the middle of a build loses no image, and says so', async () => {
  const infra = await freshInfra(lab);
  await writeDockerfile(infra, `${dockerfile(infra.project)}${gateStep(infra.project)}\n`);
  await changeSource(infra, 'second');
  const { ended } = await startBuild(infra, 'halfway', onOwnDisk());
  fill();
  openGate(lab, infra.project);
  const { result } = await ended;
  expectHealed(result, []);
  await expectPushed({ lab, infra }, result, 'second');
  expect(result.warnings.join('\n')).toMatch(/disk|full|state/);
  empty();
  await expectNextBuildWorks({ lab, infra });
  await expectNothingLeft(lab, [infra]);
});
