import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { numbered } from '../../fakes/scripted-target.ts';
import { taggedRegistries } from '../../fakes/tagged-registries.ts';
import { byDigest, loadClient, LOAD_LIMIT_MS, startFakeCluster, TAG, type FakeCluster } from './fake-cluster.ts';

const b41 = numbered(41);
const b42 = numbered(42);
const b43 = numbered(43);
const signal = new AbortController().signal;

beforeAll(loadClient, LOAD_LIMIT_MS);

let cluster: FakeCluster;
afterEach(async () => cluster.close());

const start = async (options: Partial<Parameters<typeof startFakeCluster>[0]> = {}) => {
  cluster = await startFakeCluster({ tag: b42, ...options });
};

describe('a rollout to a cluster', () => {
  it('restarts what follows the moving tag, with who, what and why, and touches nothing else', async () => {
    await start();
    expect(await cluster.rollOut(b42)).toBe('2 pods are ready');
    expect(cluster.image()).toBe(TAG);
    expect(cluster.annotations()).toMatchObject({
      'kubernetes.io/change-cause': 'xgen-build: b42 of main (ccccccc), by jiwon@ci-7',
      'io.xgen-build/number': '42',
      'io.xgen-build/digest': b42.digest,
      'io.xgen-build/started-by': 'jiwon@ci-7',
      'io.xgen-build/state': 'proven',
    });
    const patch = cluster.server.asked.find(({ method }) => method === 'PATCH')?.body as {
      spec: { template: { metadata: { annotations: object }; spec: object } };
    };
    expect(patch.spec.template.spec).toStrictEqual({ containers: [{ name: 'xgen-core', image: TAG }] });
    expect(Object.keys(patch.spec.template.metadata.annotations)).toContain('kubectl.kubernetes.io/restartedAt');
    expect(await cluster.target.inspect(cluster.plan, signal)).toMatchObject({
      status: 'present',
      site: 'main',
      number: 42,
      digest: b42.digest,
      running: true,
      replicas: 2,
      isProven: true,
      proven: [],
    });
  });

  it('asks no more than twenty times, however long it takes', async () => {
    await start();
    const { target, plan, server } = cluster;
    await target.recover(plan, signal);
    await Promise.all([target.identity(plan, signal), target.inspect(plan, signal), target.check(plan, signal)]);
    const claim = await target.claim(plan, { startedBy: 'jiwon@ci-7', signal });
    await target.recover(plan, signal);
    await target.inspect(plan, signal);
    const release = cluster.holdController();
    setTimeout(release, 300);
    await cluster.rollOut(b42);
    await claim.release();
    expect(server.asked.length).toBeLessThanOrEqual(20);
    expect(server.asked.filter(({ query }) => query.get('watch') === 'true')).toHaveLength(2);
  });

  it('sets back what is pinned to something else, and says so (defect 4)', async () => {
    await start();
    await cluster.rollOut(b41);
    expect(cluster.image()).toBe(byDigest(b41));
    expect(await cluster.rollOut(b42)).toBe(
      `2 pods are ready, was set to sha256:414141414141…, and is set back to latest-amd64`,
    );
    expect(cluster.image()).toBe(TAG);
  });

  it('goes by digest with strategy pin', async () => {
    await start({ plan: { strategy: 'pin' } });
    await cluster.rollOut(b42);
    expect(cluster.image()).toBe(byDigest(b42));
  });

  it('keeps what ran well, newest first, for any machine to go back to', async () => {
    await start({ plan: { strategy: 'pin' } });
    for (const image of [b41, b42, b43]) await cluster.rollOut(image);
    const state = await cluster.target.inspect(cluster.plan, signal);
    expect(state).toMatchObject({ number: 43, proven: [{ number: 42 }, { number: 41 }] });
  });

  it('names every digest that a pod still runs, while they differ', async () => {
    await start({ plan: { strategy: 'pin' } });
    await cluster.rollOut(b42);
    const pod = cluster.server.get('pods', 'xgen-core-2-0');
    const status = pod?.['status'] as { containerStatuses: { imageID: string }[] };
    status.containerStatuses[0] = { ...status.containerStatuses[0], imageID: `registry.test/xgen@${b41.digest}` };
    cluster.server.put('pods', { ...pod, metadata: { name: 'xgen-core-2-0', ...pod?.metadata }, status });
    expect(await cluster.target.inspect(cluster.plan, signal)).toMatchObject({
      digest: null,
      runs: [b42.digest, b41.digest],
      isProven: false,
    });
  });

  it('fails where the pods run something else than was pushed', async () => {
    await start({ registries: taggedRegistries({ 'latest-amd64': { digest: b43.digest } }) });
    cluster.setNode(() => ({ ready: true, status: { imageID: `registry.test/xgen/main/xgen-core@${b41.digest}` } }));
    await expect(cluster.rollOut(b43)).rejects.toMatchObject({
      code: 'ROLLOUT_WRONG_DIGEST',
      message: expect.stringContaining(b41.digest) as string,
    });
    expect(cluster.annotations()['io.xgen-build/state']).toBe('failed');
  });

  it('brings back what ran before by its digest, and proves that', async () => {
    await start({ plan: { strategy: 'pin' } });
    await cluster.rollOut(b41);
    const before = cluster.annotations();
    cluster.setNode((image) => ({ ready: image !== byDigest(b42) }));
    const order = cluster.order(b42, { target: { ...cluster.plan, timeoutMs: 200 } });
    const snapshot = await cluster.target.snapshot(cluster.plan, signal);
    await cluster.target.apply(order, snapshot);
    await expect(cluster.target.prove(order, snapshot)).rejects.toMatchObject({ code: 'ROLLOUT_UNHEALTHY' });
    expect(await cluster.target.revert(cluster.plan, snapshot, signal)).toBe(true);
    expect(cluster.image()).toBe(byDigest(b41));
    expect(cluster.annotations()).toStrictEqual(before);
  });

  it('says what state things are in where going back fails too', async () => {
    await start({ plan: { strategy: 'pin' } });
    await cluster.rollOut(b41);
    cluster.setNode(() => ({ ready: false }));
    const order = cluster.order(b42, { target: { ...cluster.plan, timeoutMs: 200 } });
    const snapshot = await cluster.target.snapshot(cluster.plan, signal);
    await cluster.target.apply(order, snapshot);
    await expect(cluster.target.revert(order.target, snapshot, signal)).rejects.toMatchObject({
      code: 'ROLLBACK_FAILED',
      message: expect.stringMatching(
        /^dev: b41 could not be brought back: not ready within 0\.2 s: .*; the template names .*, pods: /,
      ) as string,
    });
  });

  it('leaves alone what somebody else set in the middle of it, and names them', async () => {
    await start();
    const release = cluster.holdController();
    const order = cluster.order(b42);
    const snapshot = await cluster.target.snapshot(cluster.plan, signal);
    await cluster.target.apply(order, snapshot);
    const proof = cluster.target.prove(order, snapshot);
    const now = cluster.server.get('deployments', 'xgen-core');
    const spec = now?.['spec'] as { template: { spec: { containers: { image: string }[] } } };
    spec.template.spec.containers[0] = { ...spec.template.spec.containers[0], image: 'registry.test/hotfix:1' };
    cluster.server.put('deployments', {
      ...now,
      metadata: {
        name: 'xgen-core',
        ...now?.metadata,
        managedFields: [{ manager: 'kubectl-set', time: '2026-03-09T05:00:00Z' }],
      },
      spec,
    });
    release();
    await expect(proof).rejects.toMatchObject({
      code: 'ROLLOUT_INTERFERED',
      message:
        'dev: xgen-core was changed by kubectl-set at 2026-03-09T05:00:00Z while it was being rolled out; it is set to registry.test/hotfix:1 now',
    });
    await expect(cluster.target.revert(cluster.plan, snapshot, signal)).rejects.toMatchObject({
      code: 'ROLLBACK_FAILED',
      message: expect.stringContaining('kubectl-set at 2026-03-09T05:00:00Z changed it meanwhile') as string,
    });
    expect(cluster.image()).toBe('registry.test/hotfix:1');
  });
});
