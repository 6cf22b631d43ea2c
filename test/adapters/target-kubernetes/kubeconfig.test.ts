import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKubeconfig } from '../../../src/adapters/target-kubernetes/kubeconfig.ts';
import { chooseKubeconfig } from '../../../src/adapters/target-kubernetes/kubeconfig-choice.ts';
import { targetPlan } from '../../fakes/target-plan.ts';
import { loadClient, LOAD_LIMIT_MS } from './fake-cluster.ts';

beforeAll(loadClient, LOAD_LIMIT_MS);

const POD = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('which cluster is meant', () => {
  it.each([
    ['/etc/prd.conf', { KUBECONFIG: '/other' }, true, ['/etc/prd.conf'], 'configuration'],
    ['~/prd.conf', { HOME: '/home/ci' }, false, ['/home/ci/prd.conf'], 'configuration'],
    ['', { HOME: '/home/ci', KUBECONFIG: '/a:/b' }, false, ['/a', '/b'], 'KUBECONFIG'],
    ['', { HOME: '/home/ci', KUBECONFIG: '' }, false, ['/home/ci/.kube/config'], 'home'],
    ['', { HOME: '/home/ci', ...POD }, false, ['/home/ci/.kube/config'], 'home'],
  ])('of %j with %j in a pod %j', (...[kubeconfig, environment, isInPod, paths, from]) => {
    expect(chooseKubeconfig({ kubeconfig, environment, isInPod })).toStrictEqual({ kind: 'files', paths, from });
  });

  it.each([
    ['10.96.0.1', 'https://10.96.0.1:443'],
    ['fd00::1', 'https://[fd00::1]:443'],
  ])('in a pod is its own, at %s', (host, server) => {
    const environment = { ...POD, KUBERNETES_SERVICE_HOST: host, KUBECONFIG: '/a' };
    expect(chooseKubeconfig({ kubeconfig: '', environment, isInPod: true })).toStrictEqual({
      kind: 'in-cluster',
      server,
    });
  });
});

const folder = mkdtempSync(join(tmpdir(), 'xgen-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, contexts: readonly string[], current?: string): string => {
  const path = join(folder, name);
  const config = {
    clusters: contexts.map((one) => ({ name: one, cluster: { server: `https://${one}.test` } })),
    users: contexts.map((one) => ({ name: one, user: { token: `token-${one}` } })),
    contexts: contexts.map((one) => ({ name: one, context: { cluster: one, user: one } })),
    ...(current === undefined ? {} : { 'current-context': current }),
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
};
const load = async (kubeconfig: string, context: string | null, environment = {}) => {
  const target = targetPlan({ env: 'prd', kubernetes: { kubeconfig, context, argocdApp: null } });
  const loaded = await loadKubeconfig(target, { environment, accountDir: join(folder, 'none') });
  return loaded.config.getCurrentCluster()?.server;
};

describe('a kubeconfig', () => {
  const one = file('one', ['prd']);
  const two = file('two', ['a', 'b'], 'b');

  it.each([
    ['has one context', one, null, {}, 'https://prd.test'],
    ['that is named has a current context', two, null, {}, 'https://b.test'],
    ['is told its context', two, 'a', {}, 'https://a.test'],
    [
      'of KUBECONFIG is several files',
      '',
      'prd',
      { KUBECONFIG: `${two}:${join(folder, 'gone')}:${one}` },
      'https://prd.test',
    ],
  ])('that %s is taken', async (...[, kubeconfig, context, environment, server]) => {
    expect(await load(kubeconfig, context, environment)).toBe(server);
  });

  it.each([
    [
      'is not there (defect 14)',
      '/nowhere/prd.conf',
      null,
      {},
      /^prd: the kubeconfig \/nowhere\/prd\.conf of environments\.prd\.server\.kubeconfig is not there$/,
    ],
    [
      'nobody named',
      '',
      null,
      { HOME: '/nowhere' },
      /^prd: environments\.prd\.server\.kubeconfig is empty, this is not a pod, KUBECONFIG is not set, and \/nowhere\/\.kube\/config is not there$/,
    ],
    [
      'of the user has several contexts',
      '',
      null,
      { KUBECONFIG: two },
      /has 2 contexts \(a, b\), and nothing says which is prd$/,
    ],
    ['has no such context', two, 'c', {}, /has no context c$/],
    ['is no YAML', (writeFileSync(join(folder, 'bad'), '{'), join(folder, 'bad')), null, {}, /cannot be read: /],
  ])('that %s is an error', async (...[, kubeconfig, context, environment, message]) => {
    await expect(load(kubeconfig, context, environment)).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      exitCode: 2,
      message: expect.stringMatching(message) as string,
    });
  });

  it('of a pod is its account', async () => {
    const accountDir = join(folder, 'account');
    mkdirSync(accountDir);
    writeFileSync(join(accountDir, 'token'), 'token-of-the-pod\n');
    writeFileSync(join(accountDir, 'ca.crt'), 'certificate');
    const loaded = await loadKubeconfig(targetPlan(), { environment: POD, accountDir });
    expect(loaded.config.getCurrentCluster()).toMatchObject({
      server: 'https://10.96.0.1:443',
      caFile: `${accountDir}/ca.crt`,
    });
  });
});
