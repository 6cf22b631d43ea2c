import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock } from '../../../src/adapters/clock.ts';
import { readIdentity, type ProcessIdentity } from '../../../src/adapters/process-identity.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import {
  createKubernetesTarget,
  type KubernetesTarget,
} from '../../../src/adapters/target-kubernetes/kubernetes-target.ts';
import type { Registries } from '../../../src/ports/registry.ts';
import type { RolloutOrder, TargetImage, TargetPlan } from '../../../src/ports/target.ts';
import { formatImage } from '../../../src/values/image-reference.ts';
import { startFakeApiServer, type FakeApiServer, type Kept } from '../../fakes/fake-api-server.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';
import { taggedRegistries } from '../../fakes/tagged-registries.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

/** Loading the client from its source takes most of a second of work, and many on a busy machine: no test waits for it. */
export async function loadClient(): Promise<void> {
  await import('@kubernetes/client-node/dist/config.js');
}

export const LOAD_LIMIT_MS = 120_000;

/** What a node makes of an image: by default a pod that is ready and runs the digest of the image's name. */
export type Node = (image: string) => { readonly ready: boolean; readonly status?: object };

export interface FakeCluster {
  readonly server: FakeApiServer;
  readonly target: KubernetesTarget;
  readonly plan: TargetPlan;
  /** A second process or machine that rolls out to the same cluster. */
  other(identity: ProcessIdentity): KubernetesTarget;
  order(image: TargetImage, changes?: Partial<RolloutOrder>): RolloutOrder;
  /** What nodes make of images from now on. */
  setNode(node: Node): void;
  /** Lets nothing be made of changes until it is called. */
  holdController(): () => void;
  annotations(): Record<string, string>;
  image(): string;
  rollOut(image: TargetImage, changes?: Partial<RolloutOrder>): Promise<string>;
  close(): Promise<void>;
}

export const TAG = 'registry.test/xgen/main/xgen-core:latest-amd64';

/** A Deployment of two replicas that runs the moving tag, on an API server of our own with the simplest of controllers. */
export async function startFakeCluster({
  tag,
  registries,
  plan: changes = {},
}: {
  tag: TargetImage;
  registries?: Registries;
  plan?: Partial<TargetPlan>;
}): Promise<FakeCluster> {
  const server = await startFakeApiServer();
  const folder = mkdtempSync(join(tmpdir(), 'xgen-fake-cluster-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, server.kubeconfig);
  const plan = targetPlan({
    kind: 'kubernetes',
    timeoutMs: 5_000,
    kubernetes: { kubeconfig, context: null, argocdApp: null },
    ...changes,
  });
  const held = registries ?? taggedRegistries({ 'latest-amd64': { digest: tag.digest } });
  const identity = await readIdentity();
  const make = (of: ProcessIdentity) =>
    createKubernetesTarget({
      environment: {},
      clock: createClock(),
      logger: silentLogger,
      redactor: createRedactor(),
      registries: held,
      identity: of,
      accountDir: join(folder, 'no-account'),
    });
  const target = make(identity);
  const others: KubernetesTarget[] = [];
  const digestOf = (image: string) => /@(?<digest>sha256:.*)$/.exec(image)?.groups?.['digest'] ?? tag.digest;
  let node: Node = () => ({ ready: true });
  let isHeld = false;
  const control = (): void => {
    if (!isHeld) runController(server, { node: (image) => node(image), digestOf });
  };
  server.onPatch(control);
  server.put('namespaces', { metadata: { name: plan.namespace, uid: 'namespace-uid' } });
  server.put('deployments', deployment());
  control();
  const workload = (): Deployment => server.get('deployments', plan.deployment) as unknown as Deployment;
  const cluster: FakeCluster = {
    server,
    target,
    plan,
    other: (of) => {
      const another = make(of);
      others.push(another);
      return another;
    },
    order: (image, more = {}) => ({
      target: plan,
      image,
      login: null,
      startedBy: 'jiwon@ci-7',
      onStep: () => undefined,
      onWarning: () => undefined,
      signal: new AbortController().signal,
      ...more,
    }),
    setNode: (next) => {
      node = next;
    },
    holdController: () => {
      isHeld = true;
      return () => {
        isHeld = false;
        control();
      };
    },
    annotations: () => workload().metadata.annotations ?? {},
    image: () => workload().spec.template.spec.containers[0]?.image ?? '',
    async rollOut(image, more) {
      const order = cluster.order(image, more);
      const snapshot = await target.snapshot(order.target, order.signal);
      await target.apply(order, snapshot);
      return (await target.prove(order, snapshot)).detail;
    },
    async close() {
      await Promise.all([target, ...others].map((one) => one.close()));
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
  return cluster;
}

interface Deployment {
  metadata: Kept['metadata'];
  spec: {
    replicas: number;
    template: {
      metadata: { annotations?: Record<string, string> };
      spec: { containers: { name: string; image: string }[] };
    };
  };
  status?: { observedGeneration?: number };
}

function deployment(): Kept {
  const labels = { app: 'xgen-core' };
  const container = {
    name: 'xgen-core',
    image: TAG,
    imagePullPolicy: 'Always',
    readinessProbe: { httpGet: { path: '/health', port: 8000 } },
  };
  return {
    metadata: { name: 'xgen-core', generation: 1 },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container, { name: 'sidecar', image: 'proxy:1' }] } },
    },
  };
}

/** New pods for a new template at once; the old ones go when the new ones are ready. */
function runController(
  server: FakeApiServer,
  { node, digestOf }: { node: Node; digestOf: (image: string) => string },
): void {
  const workload = server.get('deployments', 'xgen-core') as unknown as Deployment;
  const generation = workload.metadata.generation ?? 1;
  if (workload.status?.observedGeneration === generation) return;
  const { annotations = {} } = workload.spec.template.metadata;
  const image = workload.spec.template.spec.containers[0]?.image ?? '';
  const made = node(image);
  for (let index = 0; index < workload.spec.replicas; index += 1) {
    server.put('pods', {
      metadata: { name: `xgen-core-${String(generation)}-${String(index)}`, annotations, labels: { app: 'xgen-core' } },
      spec: workload.spec.template.spec,
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: made.ready ? 'True' : 'False' }],
        containerStatuses: [
          {
            name: 'xgen-core',
            ready: made.ready,
            restartCount: 0,
            imageID: `registry.test/xgen/main/xgen-core@${digestOf(image)}`,
            state: { running: {} },
            ...made.status,
          },
        ],
      },
    });
  }
  if (made.ready)
    for (let old = 0; old < generation; old += 1)
      for (let index = 0; index < workload.spec.replicas; index += 1)
        server.remove('pods', `xgen-core-${String(old)}-${String(index)}`);
  const { replicas } = workload.spec;
  const status = made.ready
    ? { replicas, updatedReplicas: replicas, availableReplicas: replicas }
    : { replicas: replicas + 1, updatedReplicas: 1, availableReplicas: replicas };
  server.put('deployments', { ...workload, status: { observedGeneration: generation, ...status } });
}

/** `host/path@sha256:…` */
export function byDigest(image: TargetImage): string {
  return formatImage(image.reference);
}
