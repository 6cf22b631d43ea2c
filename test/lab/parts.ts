import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The programs of a lab and the Debian packages that bring them. */
const PARTS: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  containerd: 'containerd',
  'docker-registry': 'docker-registry',
  git: 'git',
  ip: 'iproute2',
  '/bin/busybox': 'busybox-static',
  iptables: 'iptables',
  'mkfs.ext4': 'e2fsprogs',
  losetup: 'mount',
  etcd: 'etcd-server',
  openssl: 'openssl',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  debootstrap: 'debootstrap',
  npm: 'npm',
};

const ALWAYS = ['docker-registry', 'git', '/bin/busybox'];
/** What an engine of the lab's own needs. */
const OWN_ENGINE = ['dockerd', 'containerd', 'ip'];

/** What clusters need besides the programs that are built. */
export const CLUSTER_PARTS = ['etcd', 'openssl', 'runc', '/usr/lib/cni/bridge'];

/** What stand-ins for base images are made with. */
export const STAND_IN_PARTS = ['debootstrap', 'npm', 'iptables'];

/** Throws one error that names everything that is missing, with the command that brings it. */
export function requireParts(more: readonly string[], { ownEngine = true } = {}): void {
  if (process.platform !== 'linux') throw new Error('the lab needs Linux: it starts a Docker engine of its own');
  const missing = [...ALWAYS, ...(ownEngine ? OWN_ENGINE : []), ...more].filter((part) => !isInstalled(part));
  const packages = [...new Set(missing.map((part) => PARTS[part] ?? part))];
  if (missing.length > 0)
    throw new Error(
      `the lab needs ${missing.join(', ')}; on Debian: apt-get install --no-install-recommends ${packages.join(' ')}`,
    );
  if (ownEngine && process.getuid?.() !== 0)
    throw new Error('the lab needs root: it starts a Docker engine of its own and makes a bridge for it');
}

function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return isExecutable(program);
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
