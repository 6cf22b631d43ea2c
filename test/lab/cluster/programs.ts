import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { goVersion } from './go-toolchain.ts';

/** Folder of go.mod. */
export const MODULE = join(import.meta.dirname, 'programs');
export const COMMANDS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'] as const;

export type ClusterProgram = (typeof COMMANDS)[number] | 'pause';

/** What makes the programs, as a user types it. */
export const BUILD_COMMAND = 'npm run lab:build-clusters';
/** How long that takes, in words. */
export const BUILD_TIME = 'about 10 minutes the first time, and half a minute when only they were removed';

/** The Kubernetes that go.mod names: `v1.34.4`. */
export function kubernetesVersion(): string {
  const version = /^require k8s\.io\/kubernetes (v[0-9.]+)$/m.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('go.mod of the clusters names no version of Kubernetes');
  return version;
}

/**
 * Folder of the programs, outside the checkout, so that they outlive it:
 * `~/.cache/xgen-build-lab/kubernetes-v1.34.4-go1.26.8-x64-1a2b3c4d`.
 */
export function programsFolder(): string {
  return join(cacheFolder(), `kubernetes-${kubernetesVersion()}-${goVersion(MODULE)}-${process.arch}-${sourceHash()}`);
}

/** True where nothing has to be built. */
export function hasPrograms(): boolean {
  return existsSync(programsFolder());
}

/** Absolute path of one; it need not exist. */
export function pathOf(program: ClusterProgram): string {
  return join(programsFolder(), program);
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'pause/main.go']) hash.update(readFileSync(join(MODULE, file)));
  return hash.digest('hex').slice(0, 8);
}
