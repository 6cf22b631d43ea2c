import { join } from 'node:path';
import { readRecord, startProcess } from '../processes.ts';
import type { ClusterPlace } from './cluster-files.ts';
import { pathOf } from './programs.ts';

/** A cluster that can be started; plain data. */
export interface ClusterDescription extends ClusterPlace {
  /** Ports on loopback. */
  readonly ports: { readonly api: number; readonly etcd: number; readonly etcdPeer: number };
}

export type ClusterPart = 'etcd' | 'containerd' | 'apiserver' | 'controller-manager' | 'scheduler' | 'kubelet';

/** `dev-kubelet`: the name of a process among those of its lab. */
export function processName(cluster: Pick<ClusterPlace, 'name'>, part: ClusterPart): string {
  return `${cluster.name}-${part}`;
}

export function nodeName(cluster: Pick<ClusterPlace, 'name'>): string {
  return `${cluster.name}-node`;
}

/** Starts one part of a cluster as a process of the lab in `directory`; its files must be there. */
export function startPart(directory: string, cluster: ClusterDescription, part: ClusterPart): void {
  const command = COMMANDS[part](cluster, directory);
  startProcess({ directory, name: processName(cluster, part), command });
}

type Command = readonly [string, ...string[]];

const COMMANDS: Readonly<Record<ClusterPart, (cluster: ClusterDescription, directory: string) => Command>> = {
  etcd: (cluster) => {
    const [client, peer] = [etcdUrl(cluster), `http://127.0.0.1:${cluster.ports.etcdPeer}`];
    const data = join(cluster.folder, 'etcd');
    const urls = flags({
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `lab=${peer}`,
    });
    // In memory, since each write waits until it is on the disk.
    return withPrivateFolders([data], ['etcd', '--name=lab', `--data-dir=${data}/data`, '--log-level=warn', ...urls]);
  },
  // containerd, its network plugins and the kubelet keep things in these folders whatever they are told. What is
  // mounted here goes with the last process that sees it.
  containerd: ({ folder }) =>
    withPrivateFolders(['/run', '/var/lib', '/var/log'], ['containerd', '--config', join(folder, 'containerd.toml')]),
  apiserver: (cluster) => [pathOf('kube-apiserver'), ...flags(apiServerFlags(cluster))],
  'controller-manager': (cluster) => [
    pathOf('kube-controller-manager'),
    ...flags({
      kubeconfig: join(cluster.folder, 'controller-manager.conf'),
      'secure-port': 0,
      'leader-elect': false,
      'use-service-account-credentials': true,
      'service-account-private-key-file': join(cluster.folder, 'pki', 'sa.key'),
      'root-ca-file': join(cluster.folder, 'pki', 'ca.crt'),
      'flex-volume-plugin-dir': join(cluster.folder, 'volume-plugins'),
    }),
  ],
  scheduler: (cluster) => [
    pathOf('kube-scheduler'),
    ...flags({ kubeconfig: join(cluster.folder, 'scheduler.conf'), 'secure-port': 0, 'leader-elect': false }),
  ],
  kubelet: (cluster, directory) => [
    'nsenter',
    `--mount=/proc/${readRecord(directory, processName(cluster, 'containerd'))?.pid ?? 0}/ns/mnt`,
    pathOf('kubelet'),
    ...flags({
      config: join(cluster.folder, 'kubelet.yaml'),
      kubeconfig: join(cluster.folder, 'kubelet.conf'),
      'root-dir': join(cluster.folder, 'kubelet'),
      'cert-dir': join(cluster.folder, 'kubelet', 'pki'),
      'hostname-override': nodeName(cluster),
      'node-ip': cluster.network.address,
    }),
  ],
};

function apiServerFlags(cluster: ClusterDescription): Record<string, string | number | boolean> {
  const pki = (name: string): string => join(cluster.folder, 'pki', name);
  return {
    'etcd-servers': etcdUrl(cluster),
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': cluster.ports.api,
    'endpoint-reconciler-type': 'none',
    'tls-cert-file': pki('apiserver.crt'),
    'tls-private-key-file': pki('apiserver.key'),
    'client-ca-file': pki('ca.crt'),
    'kubelet-client-certificate': pki('kubelet-client.crt'),
    'kubelet-client-key': pki('kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': SERVICE_ACCOUNT_ISSUER,
    'service-account-key-file': pki('sa.pub'),
    'service-account-signing-key-file': pki('sa.key'),
    'service-cluster-ip-range': '10.97.0.0/24',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'audit-policy-file': join(cluster.folder, 'audit.yaml'),
    'audit-log-path': auditLog(cluster),
    'audit-log-mode': 'blocking',
  };
}

export const SERVICE_ACCOUNT_ISSUER = 'https://kubernetes.default.svc';

export function auditLog(cluster: Pick<ClusterPlace, 'folder'>): string {
  return join(cluster.folder, 'audit.log');
}

function etcdUrl(cluster: ClusterDescription): string {
  return `http://127.0.0.1:${cluster.ports.etcd}`;
}

/** The same command where each of the folders is empty and in memory, for it and its children alone. */
function withPrivateFolders(folders: readonly string[], command: Command): Command {
  const script = `while [ "$1" != -- ]; do mount -t tmpfs lab "$1" || exit 1; shift; done; shift; exec "$@"`;
  return ['unshare', '--mount', '--propagation=private', 'sh', '-c', script, 'sh', ...folders, '--', ...command];
}

function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
