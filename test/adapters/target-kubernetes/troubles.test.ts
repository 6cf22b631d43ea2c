import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Asked, Trouble } from '../../fakes/fake-api-server.ts';
import { numbered } from '../../fakes/scripted-target.ts';
import { loadClient, LOAD_LIMIT_MS, startFakeCluster, type FakeCluster } from './fake-cluster.ts';

const b42 = numbered(42);
const signal = new AbortController().signal;

beforeAll(loadClient, LOAD_LIMIT_MS);

let cluster: FakeCluster;
beforeEach(async () => {
  cluster = await startFakeCluster({ tag: b42 });
});
afterEach(async () => cluster.close());

const isWatch = ({ query }: Asked): boolean => query.get('watch') === 'true';
const isPatch = ({ method, query }: Asked): boolean => method === 'PATCH' && query.get('dryRun') === null;
const isPodWatch = (asked: Asked): boolean => isWatch(asked) && asked.path.endsWith('/pods');

/** Begins a rollout whose pods are not made before `release`, and waits until it is watched. */
async function underWay(): Promise<{ release: () => void; proof: Promise<string> }> {
  const release = cluster.holdController();
  const proof = cluster.rollOut(b42);
  proof.catch(() => undefined);
  await until(() => cluster.server.openWatches === 2);
  return { release, proof };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a rollout survives', () => {
  it.each<[string, (asked: Asked) => boolean, Trouble, number]>([
    ['a server that is too busy to change it', isPatch, { status: 429, headers: { 'retry-after': '0' } }, 2],
    ['a server that is too busy to watch', isWatch, { status: 429, headers: { 'retry-after': '0' } }, 2],
    ['a server that is starting', isWatch, { status: 503 }, 2],
    ['a version that the server forgot', isPodWatch, { status: 410 }, 1],
    ['a connection that breaks before the watch', isWatch, { drop: true }, 2],
    ['an answer to the change that is lost', isPatch, { lose: true }, 1],
  ])('%s', async (...[, fits, trouble, times]) => {
    cluster.server.trouble(fits, trouble, times);
    expect(await cluster.rollOut(b42)).toBe('2 pods are ready');
    expect(cluster.annotations()['io.xgen-build/state']).toBe('proven');
  });

  it('watches that are closed', async () => {
    const { release, proof } = await underWay();
    cluster.server.endWatches();
    await until(() => cluster.server.openWatches === 2);
    release();
    expect(await proof).toBe('2 pods are ready');
  });

  it.each([410, 500])('watches that end with an error of %d, by reading all again', async (code) => {
    const { release, proof } = await underWay();
    const listed = cluster.server.asked.length;
    cluster.server.endWatches({ code, message: 'too old resource version' });
    release();
    expect(await proof).toBe('2 pods are ready');
    expect(cluster.server.asked.slice(listed).some((asked) => asked.path.endsWith('/pods') && !isWatch(asked))).toBe(
      true,
    );
  });

  it('changes of the status while it is changed', async () => {
    const order = cluster.order(b42);
    const snapshot = await cluster.target.snapshot(cluster.plan, signal);
    const now = cluster.server.get('deployments', 'xgen-core');
    if (now !== undefined) cluster.server.put('deployments', now);
    await cluster.target.apply(order, snapshot);
    expect(await cluster.target.prove(order, snapshot)).toMatchObject({ replicas: 2 });
  });

  it('a watch that says nothing, by a last look at the end', async () => {
    cluster.server.trouble(isPodWatch, { silent: true }, 9);
    const order = cluster.order(b42, { target: { ...cluster.plan, timeoutMs: 600 } });
    expect(await cluster.rollOut(b42, { target: order.target })).toBe('2 pods are ready');
  });
});

describe('a rollout does not begin', () => {
  it('where the template was changed in that very moment', async () => {
    const snapshot = await cluster.target.snapshot(cluster.plan, signal);
    const now = cluster.server.get('deployments', 'xgen-core');
    const spec = now?.['spec'] as { template: { metadata: object } };
    spec.template.metadata = { ...spec.template.metadata, annotations: { other: 'change' } };
    cluster.server.put('deployments', { ...now, metadata: { name: 'xgen-core', ...now?.metadata }, spec });
    await expect(cluster.target.apply(cluster.order(b42), snapshot)).rejects.toMatchObject({ code: 'ROLLOUT_BUSY' });
  });

  it.each([
    [401, 'Unauthorized', 'TARGET_LOGIN_REFUSED', /does not accept the login: Unauthorized; the token has expired/],
    [
      403,
      'deployments.apps "xgen-core" is forbidden: User "ci" cannot patch resource "deployments" in API group "apps"',
      'TARGET_FORBIDDEN',
      /^dev: may not patch deployments in xgen: /,
    ],
    [403, 'admission webhook "rule.test" denied the request: no', 'ROLLOUT_REFUSED', /denied the request: no$/],
    [422, 'Deployment.apps "xgen-core" is invalid: spec', 'ROLLOUT_REFUSED', /is invalid: spec$/],
  ])('that the cluster answers with %d %s', async (...[status, message, code, said]) => {
    cluster.server.trouble(({ method }) => method === 'PATCH', { status, message }, 9);
    await expect(cluster.target.check(cluster.plan, signal)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(said) as string,
    });
  });

  it('where nothing answers, and says so within five seconds', async () => {
    await cluster.server.close();
    const begin = performance.now();
    await expect(cluster.target.inspect(cluster.plan, signal)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});

describe('one rollout at a time', () => {
  const by = { startedBy: 'jiwon@ci-7', signal };

  it('is kept by a Lease that the next one gets after it was released', async () => {
    const claim = await cluster.target.claim(cluster.plan, by);
    expect(cluster.server.get('leases', 'xgen-build-xgen-core')).toMatchObject({
      metadata: { annotations: { 'io.xgen-build/started-by': 'jiwon@ci-7' } },
    });
    const elsewhere = cluster.other({ host: 'ci-8', bootId: 'b', pid: 1, pidStart: '1', pidNamespace: 'n' });
    await expect(elsewhere.claim(cluster.plan, by)).rejects.toMatchObject({
      code: 'ROLLOUT_BUSY',
      message: 'dev: jiwon@ci-7 is rolling out xgen-core at the same time',
    });
    await claim.release();
    const next = await elsewhere.claim(cluster.plan, by);
    await next.release();
  });

  it('takes over the Lease of a process of this machine that is dead, and one whose time is over', async () => {
    const { readIdentity } = await import('../../../src/adapters/process-identity.ts');
    const self = await readIdentity();
    const dead = cluster.other({ ...self, pid: 2 ** 22 + 1 });
    await dead.claim(cluster.plan, by);
    await expect(cluster.target.claim(cluster.plan, by)).resolves.toBeDefined();
    const lease = cluster.server.get('leases', 'xgen-build-xgen-core');
    const spec = { ...(lease?.['spec'] as object), renewTime: '2026-01-01T00:00:00.000000Z', leaseDurationSeconds: 60 };
    cluster.server.put('leases', { ...lease, metadata: { name: 'xgen-build-xgen-core' }, spec });
    const elsewhere = cluster.other({ host: 'ci-8', bootId: 'b', pid: 1, pidStart: '1', pidNamespace: 'n' });
    await expect(elsewhere.claim(cluster.plan, by)).resolves.toBeDefined();
  });

  it('is kept by the annotations of the rollout where there is no Lease', async () => {
    const release = cluster.holdController();
    await cluster.target.apply(cluster.order(b42), await cluster.target.snapshot(cluster.plan, signal));
    const elsewhere = cluster.other({ host: 'ci-8', bootId: 'b', pid: 1, pidStart: '1', pidNamespace: 'n' });
    await expect(elsewhere.snapshot(cluster.plan, signal)).rejects.toMatchObject({
      code: 'ROLLOUT_BUSY',
      message: 'dev: jiwon@ci-7 is rolling out xgen-core at the same time',
    });
    release();
    await expect(cluster.target.snapshot(cluster.plan, signal)).resolves.toBeDefined();
  });

  it('does without the right to Leases', async () => {
    const message = 'leases.coordination.k8s.io is forbidden: User "ci" cannot create resource "leases"';
    cluster.server.trouble(({ path }) => path.includes('/leases'), { status: 403, message });
    const claim = await cluster.target.claim(cluster.plan, by);
    await claim.release();
    expect(cluster.server.asked.filter(({ path }) => path.includes('/leases'))).toHaveLength(1);
  });
});

describe('a rollout that was killed', () => {
  async function killed(isDone: boolean): Promise<void> {
    const { readIdentity } = await import('../../../src/adapters/process-identity.ts');
    const dead = cluster.other({ ...(await readIdentity()), pid: 2 ** 22 + 1 });
    await cluster.rollOut(numbered(41));
    if (!isDone) cluster.setNode((image) => ({ ready: image.includes('@') }));
    await dead.apply(cluster.order(b42), await dead.snapshot(cluster.plan, signal));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it('and that the cluster finished by itself is noted as what it is', async () => {
    await killed(true);
    await cluster.target.recover(cluster.plan, signal);
    expect(await cluster.target.inspect(cluster.plan, signal)).toMatchObject({
      number: 42,
      isProven: true,
      proven: [{ number: 41 }],
    });
  });

  it('and did not get through is taken back', async () => {
    await killed(false);
    await cluster.target.recover(cluster.plan, signal);
    expect(await cluster.target.inspect(cluster.plan, signal)).toMatchObject({ number: 41, isProven: true });
  });

  it('is left alone while its process may be at work', async () => {
    const release = cluster.holdController();
    const snapshot = await cluster.target.snapshot(cluster.plan, signal);
    await cluster.target.apply(cluster.order(b42), snapshot);
    const before = cluster.annotations();
    await cluster
      .other({ host: 'ci-8', bootId: 'b', pid: 1, pidStart: '1', pidNamespace: 'n' })
      .recover(cluster.plan, signal);
    expect(cluster.annotations()).toStrictEqual(before);
    release();
  });
});
