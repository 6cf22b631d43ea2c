import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { BridgeNetwork } from '../network.ts';

/** Where one cluster of a lab keeps its things: below `/tmp/xgl-abc123/dev`. */
export interface ClusterPlace {
  readonly name: string;
  readonly folder: string;
  readonly network: BridgeNetwork;
  /** `/xgl-abc123/dev`: the cgroup of its pods. */
  readonly cgroup: string;
  /** `127.0.0.1:41234/lab/pause:1` */
  readonly pauseImage: string;
  /** `127.0.0.1:41234`: registries that speak plain HTTP. */
  readonly registries: readonly string[];
}

export function containerdSocket(place: Pick<ClusterPlace, 'folder'>): string {
  return join(place.folder, 'cd.sock');
}

export function writeClusterFiles(place: ClusterPlace): void {
  const { folder } = place;
  for (const name of ['cni', 'etcd', 'pods']) mkdirSync(join(folder, name), { recursive: true });
  for (const host of place.registries) writeRegistryHost({ folder, host, server: `http://${host}` });
  writeFileSync(join(folder, 'containerd.toml'), containerdConfig(place));
  writeFileSync(join(folder, 'cni', '10-lab.conflist'), JSON.stringify(cniConfig(place)));
  writeFileSync(join(folder, 'kubelet.yaml'), stringify(kubeletConfig(place)));
  writeFileSync(join(folder, 'audit.yaml'), stringify(AUDIT_POLICY));
}

/** How the cluster's nodes reach a registry; read at each pull. */
export function writeRegistryHost(entry: { folder: string; host: string; server: string }): void {
  const folder = join(entry.folder, 'certs.d', entry.host);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'hosts.toml'),
    `server = "${entry.server}"\n[host."${entry.server}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
}

/** `restrict_oom_score_adj`: where root may not lower it (no CAP_SYS_RESOURCE), no pod starts otherwise. */
function containerdConfig(place: ClusterPlace): string {
  const { folder } = place;
  const unused = ['btrfs', 'zfs', 'aufs', 'devmapper'].map((name) => `io.containerd.snapshotter.v1.${name}`);
  unused.push('io.containerd.internal.v1.opt', 'io.containerd.tracing.processor.v1.otlp');
  return `version = 2
root = "${folder}/cd"
state = "${folder}/cds"
disabled_plugins = ${JSON.stringify(unused)}
[grpc]
  address = "${containerdSocket(place)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${place.pauseImage}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = "${folder}/runc"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${folder}/certs.d"
`;
}

function cniConfig({ folder, network }: ClusterPlace): object {
  const ipam = {
    type: 'host-local',
    dataDir: join(folder, 'addresses'),
    ranges: [[{ subnet: network.subnet, gateway: network.address }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const bridge = { type: 'bridge', bridge: network.bridge, isGateway: true, ipMasq: false, ipam };
  return { cniVersion: '0.4.0', name: network.bridge, plugins: [bridge] };
}

function kubeletConfig(place: ClusterPlace): object {
  const { folder, network } = place;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // A kubelet refuses loopback as its node's address. The bridge is this cluster's own, so the usual port is free.
    address: network.address,
    healthzPort: 0,
    readOnlyPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(folder, 'pki', 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${containerdSocket(place)}`,
    cgroupDriver: 'cgroupfs',
    // Two kubelets with one root end each other's pods.
    cgroupRoot: place.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: '',
    serializeImagePulls: false,
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
    volumePluginDir: join(folder, 'volume-plugins'),
    podLogsDir: join(folder, 'pods'),
  };
}

/** One line for each request of an account that a test made, none for those of the cluster's own parts. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', userGroups: ['system:serviceaccounts:kube-system', 'system:nodes', 'system:masters'] },
    { level: 'Metadata', userGroups: ['system:serviceaccounts'] },
    { level: 'None' },
  ],
};
