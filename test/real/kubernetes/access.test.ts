import { createServer, type AddressInfo } from 'node:net';
import { rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { tokenOf } from '../../lab/cluster/namespace.ts';
import { openScene, SERVICE, type Scene } from './scene.ts';

/** Runs the job for dev, and expects that the check names what is wrong with the access before anything is built. */
async function expectRefusal(scene: Scene, expected: { code: string; exitCode: number; words: RegExp }): Promise<void> {
  const run = await scene.infra.run([SERVICE, '--env', 'dev', '--output', 'json']);
  const all = run.stdout + run.stderr;
  expect(run.exitCode, all).toBe(expected.exitCode);
  expect(run.json()).toMatchObject({ built: false, error: { code: expected.code } });
  expect(run.stdout).toMatch(expected.words);
}

describe('access to the cluster', () => {
  it('that is not allowed is named by verb and resource', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    await scene.kubectl('dev', ['delete', 'rolebindings', '--all']);
    await expectRefusal(scene, {
      code: 'TARGET_FORBIDDEN',
      exitCode: 1,
      words: new RegExp(`may not \\w+ deployments in ${scene.namespace}.*xgen-build rbac`, 's'),
    });
  });

  it('that may read and not patch is named before the build', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    const { items } = JSON.parse(await scene.kubectl('dev', ['get', 'roles', '--output', 'json'])) as {
      items: { metadata: { name: string }; rules: { verbs: string[] }[] }[];
    };
    for (const { metadata, rules } of items) {
      const reading = rules.map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'patch') }));
      const patch = JSON.stringify([{ op: 'replace', path: '/rules', value: reading }]);
      await scene.kubectl('dev', ['patch', 'role', metadata.name, '--type=json', '--patch', patch]);
    }
    await expectRefusal(scene, {
      code: 'TARGET_FORBIDDEN',
      exitCode: 1,
      words: new RegExp(`may not patch deployments in ${scene.namespace}`),
    });
  });

  it('with an expired token is named', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    const { dev } = scene.clusters;
    if (dev === undefined) throw new Error('no cluster');
    const of = { namespace: scene.namespace, account: 'xgen-build', expiresInSeconds: -60 };
    writeFileSync(scene.kubeconfigFile('dev'), dev.kubeconfigOf({ token: await tokenOf(dev, of) }));
    await expectRefusal(scene, { code: 'TARGET_LOGIN_REFUSED', exitCode: 1, words: /token/ });
  });

  it('to a server that does not answer is named within 5 s', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    const { dev } = scene.clusters;
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    test.onTestFinished(async () => {
      silent.close();
      await once(silent, 'close');
    });
    const server = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    silent.on('connection', (socket) => {
      socket.on('error', () => {});
      test.onTestFinished(() => void socket.destroy());
    });
    writeFileSync(scene.kubeconfigFile('dev'), dev?.kubeconfigOf({ token: 'none', server }) ?? '');
    const started = performance.now();
    await expectRefusal(scene, { code: 'TARGET_UNREACHABLE', exitCode: 1, words: new RegExp(server) });
    // The program itself takes its time to start where the machine is busy.
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('to a server that is gone is named', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    const server = 'https://127.0.0.1:1';
    writeFileSync(scene.kubeconfigFile('dev'), scene.clusters['dev']?.kubeconfigOf({ token: 'none', server }) ?? '');
    await expectRefusal(scene, { code: 'TARGET_UNREACHABLE', exitCode: 1, words: new RegExp(server) });
  });

  it('by a kubeconfig that is not there is an error, and skips nothing', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    rmSync(scene.kubeconfigFile('dev'));
    await expectRefusal(scene, { code: 'KUBECONFIG_INVALID', exitCode: 2, words: /dev\.conf/ });
  });

  it('asks for nothing that the least rights do not allow, but for what is optional', async (test) => {
    const scene = await openScene({ onTestFinished: test.onTestFinished });
    await scene.seed(['dev']);
    await scene.build(['--env', 'dev']);
    const asked = scene.clusters['dev']?.requests() ?? [];
    const own = asked.filter(({ user }) => user === `system:serviceaccount:${scene.namespace}:xgen-build`);
    expect(own.length).toBeGreaterThan(3);
    const refused = own.filter(({ status }) => status === 403).map(({ verb, uri }) => `${verb} ${uri.split('?')[0]}`);
    const optional = /\/leases|\/events|\/log$|\/api\/v1\/namespaces\/[^/]+$/;
    expect(refused.filter((request) => !optional.test(request))).toEqual([]);
  });
});
