import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SERVICE_NAMES } from '../../lab/services.ts';
import { useLab } from '../../lab/use-lab.ts';
import { containersOf, tagsOf } from '../main-job/scene.ts';
import { buildAll, commitTo, resultOf } from './scene.ts';

const PYTHON = ['xgen-core', 'xgen-workflow', 'xgen-documents'];
const BROKEN = 'dockerfiles/xgen-frontend/Dockerfile.local';

it('builds every service, and nothing a second time', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const first = await buildAll(infra);
  expect(first).toMatchObject({ status: 'succeeded', succeeded: SERVICE_NAMES, failed: [], skipped: [] });
  expect(first.results.map(({ number, built }) => ({ number, built }))).toEqual(
    SERVICE_NAMES.map(() => ({ number: 1, built: true })),
  );
  for (const service of SERVICE_NAMES) {
    expect(await tagsOf(lab, 'nexus', infra.repository('main', service))).toEqual({
      'b1-amd64': resultOf(first, service).digest,
      'latest-amd64': resultOf(first, service).digest,
    });
  }
  const containers = await containersOf(lab, infra);
  expect(containers).toHaveLength(SERVICE_NAMES.length);

  const second = await buildAll(infra);

  expect(second.status).toBe('succeeded');
  for (const result of second.results) {
    expect(result).toMatchObject({ built: false, number: 1, reason: 'unchanged since b1' });
    expect(result.digest).toBe(resultOf(first, result.service).digest);
  }
  expect(await containersOf(lab, infra)).toEqual(containers);
});

it('builds what changed alone: three services share one Dockerfile', async () => {
  const infra = await useLab().freshInfra();
  await buildAll(infra, ['--no-deploy']);
  const file = join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local');
  await writeFile(file, `${await readFile(file, 'utf8')}ENV CHANGED=yes\n`);
  await commitTo(infra, ['xgen-frontend'], 'two');

  const all = await buildAll(infra, ['--no-deploy']);

  const built = all.results.filter(({ built: isBuilt }) => isBuilt);
  expect(built.map(({ service }) => service)).toEqual(['xgen-frontend', ...PYTHON]);
  expect(PYTHON.map((service) => resultOf(all, service).reason)).toEqual(PYTHON.map(() => 'Dockerfile'));
  expect(resultOf(all, 'xgen-frontend').reason).toMatch(/^source [0-9a-f]{7} → [0-9a-f]{7}$/);
});

it('lets a service that fails stop no other, deploys those, and ends with 3', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  await buildAll(infra);
  const file = join(infra.root, BROKEN);
  await writeFile(file, `${await readFile(file, 'utf8')}RUN echo no such thing >&2 && exit 7\n`);
  const others = SERVICE_NAMES.filter((service) => service !== 'xgen-frontend');
  await commitTo(infra, others, 'two');

  const run = await infra.run(['build-all', '--progress', 'plain']);

  expect(run.exitCode, run.stderr).toBe(3);
  expect(run.stdout).toMatch(/^unstable: 5 succeeded, 1 failed \(xgen-frontend\) \(/);
  expect(run.stdout).toMatch(/✘ xgen-frontend +failed in build: /);
  expect(run.stdout).toContain('xgen-build logs xgen-frontend b2 --site main');
  expect(run.stderr).toMatch(/^\[xgen-frontend {7}\] #\d+ no such thing$/m);
  expect(run.stderr).toMatch(/^\[xgen-core {11}\] ✔ rollout dev/m);
  for (const service of others) expect(await infra.ask('dev', service)).toBe(`${service} two\n`);

  const again = await buildAll(infra, [], { exitCode: 3 });
  expect(again).toMatchObject({ status: 'unstable', failed: ['xgen-frontend'], succeeded: others });
  expect(resultOf(again, 'xgen-frontend')).toMatchObject({ error: { code: 'BUILD_FAILED' } });
  expect(resultOf(again, 'xgen-core')).toMatchObject({ built: false, reason: 'unchanged since b2' });
});

it('ends with 1 where every service failed', async () => {
  const infra = await useLab().freshInfra({ project: { build: { args: { BASE_IMAGE: '127.0.0.1:1/none:1' } } } });
  const all = await buildAll(infra, ['--no-deploy'], { exitCode: 1 });
  expect(all).toMatchObject({ status: 'failed', failed: SERVICE_NAMES, succeeded: [] });
  expect(all.results.map(({ error }) => error?.code)).toEqual(SERVICE_NAMES.map(() => 'REGISTRY_UNREACHABLE'));
});

it('a Dockerfile that is not there is the failure of its service alone', async () => {
  const infra = await useLab().freshInfra({
    services: { services: { 'xgen-core': { dockerfile: 'dockerfiles/none/Dockerfile' } } },
  });
  const all = await buildAll(infra, ['--no-deploy'], { exitCode: 3 });
  expect(all.failed).toEqual(['xgen-core']);
  expect(resultOf(all, 'xgen-core').error?.code).toBe('DOCKERFILE_MISSING');
});

it('builds those alone that are named', async () => {
  const infra = await useLab().freshInfra();
  const all = await buildAll(infra, ['--no-deploy', '--only', 'xgen-c*,xgen-frontend', '--except', '*front*']);
  expect(all.succeeded).toEqual(['xgen-core']);
  expect(all.results).toHaveLength(1);
  const refused = await infra.run(['build-all', '--only', 'xgen-cor']);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('did you mean xgen-core?');
});

it('with --fail-fast the first failure ends the others', async () => {
  const infra = await useLab().freshInfra();
  const file = join(infra.root, BROKEN);
  await writeFile(file, `${await readFile(file, 'utf8')}RUN exit 7\n`);
  const args = ['--no-deploy', '--fail-fast', '--concurrency', '1'];
  const all = await buildAll(infra, args, { exitCode: 1 });
  expect(all).toMatchObject({
    status: 'failed',
    failed: ['xgen-frontend'],
    skipped: SERVICE_NAMES.filter((service) => service !== 'xgen-frontend'),
  });
});

it('plans every service and touches nothing', async () => {
  const infra = await useLab().freshInfra();
  await buildAll(infra, ['--only', 'xgen-core']);
  await commitTo(infra, ['xgen-core'], 'two');
  const nowhere = `${infra.stateDirectory}-of-nobody`;
  const environment = { XGEN_STATE_DIR: nowhere, XGEN_CACHE_DIR: `${nowhere}-cache` };

  const plan = await infra.run(['plan', '--all'], { environment });

  expect(plan.exitCode, plan.stderr).toBe(0);
  expect(plan.stdout).toMatch(/xgen-core +b2-amd64 or higher: source [0-9a-f]{7} → [0-9a-f]{7} · dev: replaces b1/);
  expect(plan.stdout).toMatch(/xgen-frontend +b1-amd64 or higher: no build of this service .* · dev: new/);
  expect(plan.stdout).toContain('6 services would be built, 0 unchanged. Nothing was changed.');
  expect(existsSync(nowhere)).toBe(false);
  expect(existsSync(`${nowhere}-cache/mirrors`)).toBe(false);
  const json = await infra.run(['plan', '--all', '--only', 'xgen-core', '--output', 'json']);
  expect(json.json()).toMatchObject({ schemaVersion: 1, plans: [{ verdict: { value: { build: true } } }] });
  const both = await infra.run(['plan', 'xgen-core', '--all']);
  expect(both.exitCode).toBe(2);
});
