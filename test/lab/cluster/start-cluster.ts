import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, makeClusterBridge, type LabNetwork } from '../network.ts';
import { endOfLog, waitUntilReady } from '../processes.ts';
import { kubeconfig, makeCertificates, type CertificateName } from './certificates.ts';
import { makeCgroup } from './cgroups.ts';
import { containerdSocket, writeClusterFiles } from './cluster-files.ts';
import { nodeName, processName, startPart, type ClusterDescription, type ClusterPart } from './cluster-parts.ts';
import { kubeApi, KubeApiError } from './kube-api.ts';

export interface ClusterToStart {
  /** The lab's folder. */
  readonly directory: string;
  readonly network: LabNetwork;
  readonly name: string;
  /** 0 for the first of a lab, 1 for the second. */
  readonly index: number;
  readonly registries: readonly string[];
  readonly pauseImage: string;
  /** An image with a shell, for the pod that proves that pods run. */
  readonly canaryImage: string;
}

/** Starts a cluster of one node, and resolves once a pod ran on it. */
export async function startCluster(start: ClusterToStart): Promise<ClusterDescription> {
  const { directory, name } = start;
  const taken = new Set<number>();
  const cluster: ClusterDescription = {
    name,
    folder: join(directory, name),
    network: makeClusterBridge(start.network, { name, index: start.index }),
    cgroup: `/${start.network.bridge}/${name}`,
    pauseImage: start.pauseImage,
    registries: start.registries,
    ports: { api: await freePort(taken), etcd: await freePort(taken), etcdPeer: await freePort(taken) },
  };
  mkdirSync(cluster.folder);
  writeClusterFiles(cluster);
  makeCgroup([start.network.bridge, name]);
  startPart(directory, cluster, 'etcd');
  startPart(directory, cluster, 'containerd');
  await makeCertificates(join(cluster.folder, 'pki'), nodeName(cluster));
  writeKubeconfigs(cluster);
  await startApiServer(directory, cluster);
  startPart(directory, cluster, 'controller-manager');
  startPart(directory, cluster, 'scheduler');
  await isListening(directory, cluster);
  startPart(directory, cluster, 'kubelet');
  await runCanary(directory, cluster, start.canaryImage);
  return cluster;
}

/** Resolves once it says that it is ready. */
export async function startApiServer(directory: string, cluster: ClusterDescription): Promise<void> {
  startPart(directory, cluster, 'apiserver');
  const call = kubeApi({ folder: cluster.folder, port: cluster.ports.api });
  await waitFor({ directory, cluster, part: 'apiserver', ask: () => isFine(call({ method: 'GET', path: '/readyz' })) });
}

function isFine(call: Promise<unknown>): Promise<true | null> {
  return call.then(
    () => true as const,
    () => null,
  );
}

function writeKubeconfigs(cluster: ClusterDescription): void {
  const folder = join(cluster.folder, 'pki');
  for (const name of ['admin', 'controller-manager', 'scheduler', 'kubelet'] satisfies CertificateName[])
    writeFileSync(
      join(cluster.folder, `${name}.conf`),
      kubeconfig({
        name: cluster.name,
        server: `https://127.0.0.1:${cluster.ports.api}`,
        caFile: join(folder, 'ca.crt'),
        user: { certificate: { folder, name } },
      }),
      { mode: 0o600 },
    );
}

function isListening(directory: string, cluster: ClusterDescription): Promise<true> {
  const ask = (): Promise<true | null> =>
    new Promise((resolve) => {
      const socket = connect(containerdSocket(cluster));
      socket.once('error', () => resolve(null));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  return waitFor({ directory, cluster, part: 'containerd', ask });
}

/** A node says that it is ready also where no pod can start on it. */
async function runCanary(directory: string, cluster: ClusterDescription, image: string): Promise<void> {
  const call = kubeApi({ folder: cluster.folder, port: cluster.ports.api });
  const pods = '/api/v1/namespaces/default/pods';
  const container = { name: 'canary', image, command: ['true'] };
  const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [container] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'canary' }, spec };
  // The namespace's account is made a moment after the namespace, and no pod is taken before.
  const create = () =>
    call({ method: 'POST', path: pods, body: pod }).then(
      () => true as const,
      (error: unknown) => {
        if (error instanceof KubeApiError && error.status === 403) return null;
        throw error;
      },
    );
  await waitFor({ directory, cluster, part: 'controller-manager', ask: create });
  let last: unknown = null;
  const hasRun = async (): Promise<true | null> => {
    const { status } = (await call({ method: 'GET', path: `${pods}/canary` })) as { status: { phase: string } };
    last = status;
    return status.phase === 'Succeeded' ? true : null;
  };
  try {
    await waitFor({ directory, cluster, part: 'kubelet', ask: hasRun });
  } catch (error) {
    const scheduler = endOfLog(directory, processName(cluster, 'scheduler'));
    throw new Error(`no pod ran in ${cluster.name}: ${JSON.stringify(last)}\n${scheduler}`, { cause: error });
  }
  await call({ method: 'DELETE', path: `${pods}/canary?gracePeriodSeconds=0` });
}

function waitFor(wait: {
  directory: string;
  cluster: ClusterDescription;
  part: ClusterPart;
  ask: () => Promise<true | null>;
}): Promise<true> {
  const { directory, cluster, part, ask } = wait;
  return waitUntilReady({ directory, name: processName(cluster, part), limitMs: 120_000, everyMs: 100, ask });
}
