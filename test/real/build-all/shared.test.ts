import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLab, type OwnLab } from '../../lab/lab.ts';
import { SERVICE_NAMES } from '../../lab/services.ts';
import { containersOf, gitStatus, localTags, tagsOf } from '../main-job/scene.ts';
import { buildAll, commitTo, resultOf } from './scene.ts';

/** A lab where nothing else builds: its servers' requests are counted, and its engine is looked at for remains. */
let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

it('asks the git server once for services that live in one repository', async () => {
  const services = Object.fromEntries(SERVICE_NAMES.map((name) => [name, { repo: 'xgen-core' }]));
  const infra = await lab.freshInfra({ services: { services } });
  const requestsOf = async (): Promise<string[]> => {
    const before = lab.gitRequests.length;
    await buildAll(infra, ['--no-deploy']);
    return lab.gitRequests.slice(before).map(({ line }) => line);
  };
  const cold = await requestsOf();
  // One look at the tip, then one fetch: references, those that are wanted, their content.
  expect(cold.filter((line) => line.startsWith('POST')).length, cold.join('\n')).toBeLessThanOrEqual(3);
  const unchanged = await requestsOf();
  expect(unchanged.length, unchanged.join('\n')).toBeLessThanOrEqual(2);
});

it.each(['checkout', 'build', 'push', 'rollout dev'])('Ctrl-C in %s cancels all and cleans all', async (stage) => {
  const infra = await lab.freshInfra();
  const first = await buildAll(infra);
  await commitTo(infra, SERVICE_NAMES, 'two');
  const run = await infra.run(['build-all', '--output', 'json', '--progress', 'json', '--concurrency', '3'], {
    onStart: (running) => {
      void running.waitFor(`"kind":"stage-started","stage":"${stage}"`).then(
        () => running.kill('SIGINT'),
        () => {},
      );
    },
  });
  expect(run.exitCode, run.stderr).toBe(130);
  const result = run.json() as { status: string; canceled: string[]; succeeded: string[] };
  expect(result.status).toBe('canceled');
  expect([...result.canceled, ...result.succeeded].toSorted()).toEqual(SERVICE_NAMES.toSorted());
  expect(await localTags(lab)).toEqual([]);
  expect(await gitStatus(infra.root)).toBe('');
  const containers = await containersOf(lab, infra);
  expect(containers.map(({ name, state }) => ({ name, state }))).toEqual(
    SERVICE_NAMES.map((service) => ({ name: infra.containerName('dev', service), state: 'running' })).toSorted((a, b) =>
      a.name.localeCompare(b.name),
    ),
  );

  const second = await buildAll(infra);
  for (const service of SERVICE_NAMES) {
    expect(resultOf(second, service).commit).not.toBe(resultOf(first, service).commit);
    expect(await infra.ask('dev', service)).toBe(`${service} two\n`);
    const tags = await tagsOf(lab, 'nexus', infra.repository('main', service));
    expect(tags['latest-amd64']).toBe(resultOf(second, service).digest);
  }
});

it('draws a board in a terminal', async () => {
  const infra = await lab.freshInfra();
  const run = await infra.run(['build-all', '--no-deploy', '--progress', 'tty', '--only', 'xgen-core,xgen-frontend']);
  expect(run.exitCode, run.stderr).toBe(0);
  const lines = run.stderr.split('[J').at(-1)?.split('\n') ?? [];
  expect(lines[0]).toMatch(/xgen-frontend .*b1 is in the registry/);
  expect(lines[1]).toMatch(/xgen-core .*b1 is in the registry/);
});
