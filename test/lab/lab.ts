import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pushBaseImage } from './base-image.ts';
import { clusterAt, type LabCluster } from './cluster/cluster.ts';
import type { ClusterDescription } from './cluster/cluster-parts.ts';
import { startClusters } from './cluster/start-clusters.ts';
import { engineOf, writeEngineConfig, type LabEngine } from './engine.ts';
import { startGitServer, type GitServer } from './git-server.ts';
import { infraAt, makeInfra, type Infra, type InfraChanges, type InfraDescription } from './infra.ts';
import { LAB_PREFIX, missingSharedFolders, removeDeadLabs, removeLab, writeMarker } from './leftovers.ts';
import { makeBridge, NO_NETWORK, type LabNetwork } from './network.ts';
import { CLUSTER_PARTS, requireParts, STAND_IN_PARTS } from './parts.ts';
import { recordOf } from './processes.ts';
import { startReaper } from './reaper.ts';
import { AWW_LOGIN, NEXUS_LOGIN, registryAt, startRegistry, type LabRegistry, type LoginRegistry } from './registry.ts';
import type { Commit } from './repositories.ts';
import { mountSmallDisk } from './small-disk.ts';
import { provideStandIns, type StandIns } from './stand-ins/stand-ins.ts';

export type { Commit, FileContent } from './repositories.ts';
export type { Infra, InfraChanges } from './infra.ts';
export type { RunningXgen, XgenRun } from './run-xgen.ts';

export interface LabOptions {
  /** Containers reach beyond this machine (three rules of the packet filter, removed again); false by default. */
  readonly network?: boolean;
  /** The engine's data gets a file system of this size for itself (a loop device, let go of again); none by default. */
  readonly engineDiskMegabytes?: number;
  /** Kubernetes clusters by name (`dev`), at most three; their programs must have been built. None by default. */
  readonly clusters?: readonly string[];
  /** Base images for the example services. Their first making takes minutes, and needs `network`. False by default. */
  readonly standIns?: boolean;
  /** Path of the socket of an engine that is there already, in the place of one of its own. */
  readonly engineSocket?: string;
}

/** Real parts on loopback, in one folder, gone after `close`. */
export interface Lab {
  /** `/tmp/xgl-abc123` */
  readonly directory: string;
  readonly engine: LabEngine;
  readonly registries: { readonly nexus: LoginRegistry; readonly aww: LoginRegistry; readonly local: LabRegistry };
  readonly git: LabDescription['git'];
  /** By name; none where the lab was started without. */
  readonly clusters: Readonly<Record<string, LabCluster>>;
  /** `127.0.0.1:41234/base/busybox:1`, for the machine's own architecture; no login is needed. */
  readonly baseImage: string;
  /** Null where the lab was started without. */
  readonly standIns: StandIns | null;
  /** The infra that is there from the start. */
  readonly infra: Infra;
  readonly infraRoot: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Commits to a repository of `infra`; resolves to the commit's id. */
  commit(commit: Commit): Promise<string>;
  /** Another infra repository with repositories, image paths, ports, state and cache of its own. */
  freshInfra(changes?: InfraChanges): Promise<Infra>;
  readonly description: LabDescription;
}

/** A lab that this process started, and ends. */
export interface OwnLab extends Lab {
  /** Every request to the git server so far. */
  readonly gitRequests: GitServer['requests'];
  /** Ends every process and removes everything. May be called twice. */
  close(): Promise<void>;
}

/** What it takes to use a lab from another process; plain data. */
export interface LabDescription {
  readonly directory: string;
  /** NO_NETWORK where the engine is somebody else's. */
  readonly network: LabNetwork;
  readonly registries: { readonly nexus: string; readonly aww: string; readonly local: string };
  readonly git: { readonly url: string; readonly username: string; readonly password: string; readonly group: string };
  readonly baseImage: string;
  readonly standIns: StandIns | null;
  readonly clusters: readonly ClusterDescription[];
  readonly infra: InfraDescription;
}

const GIT_LOGIN = { username: 'git-reader', password: 'lab-git@secret%2F9' };

/**
 * Starts an engine, three registries and a git server, and makes the base image and an infra with six services.
 * Removes what dead labs left first. Throws where a part is not installed or the process is not root.
 */
export async function startLab(options: LabOptions = {}): Promise<OwnLab> {
  const {
    network: reachesOut = false,
    engineDiskMegabytes = 0,
    clusters = [],
    standIns: withStandIns = false,
    engineSocket = null,
  } = options;
  const parts = [
    ...(reachesOut ? ['iptables'] : []),
    ...(engineDiskMegabytes > 0 ? ['mkfs.ext4', 'losetup'] : []),
    ...(clusters.length > 0 ? CLUSTER_PARTS : []),
    ...(withStandIns ? STAND_IN_PARTS : []),
  ];
  requireParts(parts, { ownEngine: engineSocket === null });
  await removeDeadLabs();
  const directory = mkdtempSync(join(tmpdir(), LAB_PREFIX));
  if (directory.length > 60) throw new Error(`${tmpdir()} is too long for sockets: set TMPDIR to a shorter folder`);
  const started: { git?: GitServer } = {};
  let closing: Promise<void> | null = null;
  const reaper = startReaper(directory);
  const remove = async (): Promise<void> => {
    await started.git?.close();
    await removeLab(directory);
    await reaper.dismiss();
  };
  const close = (): Promise<void> => (closing ??= remove());
  try {
    const madeFolders = engineSocket === null ? missingSharedFolders() : [];
    const network = engineSocket === null ? makeBridge(basename(directory), reachesOut) : NO_NETWORK;
    if (engineSocket !== null) symlinkSync(engineSocket, join(directory, 'docker.sock'));
    const ownNetwork = network === NO_NETWORK ? null : network;
    writeMarker(directory, { owner: recordOf(process.pid), network: ownNetwork, madeFolders });
    if (engineDiskMegabytes > 0) mountSmallDisk(directory, 'data', engineDiskMegabytes);
    const git = await startGit(directory);
    started.git = git;
    const description = await startParts({ directory, network, git, clusters, withStandIns });
    return { ...attachLab(description), gitRequests: git.requests, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startGit(directory: string): Promise<GitServer> {
  mkdirSync(join(directory, 'git'));
  return startGitServer({ directory: join(directory, 'git'), ...GIT_LOGIN });
}

async function startParts(parts: {
  directory: string;
  network: LabNetwork;
  git: GitServer;
  clusters: readonly string[];
  withStandIns: boolean;
}): Promise<LabDescription> {
  const { directory, network, git } = parts;
  if (network !== NO_NETWORK) writeEngineConfig(directory, network);
  const startRest = async () => {
    const [nexus, aww, local] = await Promise.all([
      startRegistry(directory, 'nexus', NEXUS_LOGIN),
      startRegistry(directory, 'aww', AWW_LOGIN),
      startRegistry(directory, 'local', null),
    ]);
    const registries = { nexus: nexus.host, aww: aww.host, local: local.host };
    const lab = {
      directory,
      network,
      registries,
      git: { url: git.url, ...GIT_LOGIN, group: '' },
      baseImage: await pushBaseImage(local.host),
    };
    const [infra, clusters] = await Promise.all([makeInfra(lab), startClusters(lab, parts.clusters)]);
    return { ...lab, clusters, git: { ...lab.git, group: infra.group }, infra: infra.description };
  };
  const engine = engineOf(directory, network);
  const [description] = await Promise.all([startRest(), network === NO_NETWORK ? null : engine.start()]);
  const standIns = parts.withStandIns
    ? await provideStandIns({
        directory,
        engineHost: engine.host,
        say: (sentence) => process.stderr.write(`${sentence}\n`),
      })
    : null;
  return { ...description, standIns };
}

/** The same lab from another process: everything but `close` and the git server's list of requests. */
export function attachLab(description: LabDescription): Lab {
  const { directory, network, registries, clusters } = description;
  const infra = infraAt(description, description.infra);
  const registry = (name: 'nexus' | 'aww' | 'local', hasLogin: boolean): LabRegistry =>
    registryAt({ directory, name, hasLogin, host: registries[name] });
  const { htpasswd: _, ...nexusLogin } = NEXUS_LOGIN;
  const { htpasswd: __, ...awwLogin } = AWW_LOGIN;
  return {
    directory,
    engine: engineOf(directory, network),
    registries: {
      nexus: { ...registry('nexus', true), ...nexusLogin },
      aww: { ...registry('aww', true), ...awwLogin },
      local: registry('local', false),
    },
    git: description.git,
    clusters: Object.fromEntries(clusters.map((cluster) => [cluster.name, clusterAt(directory, cluster)])),
    baseImage: description.baseImage,
    standIns: description.standIns,
    infra,
    infraRoot: infra.root,
    environment: infra.environment,
    commit: (commit) => infra.commit(commit),
    freshInfra: (changes) => makeInfra(description, changes),
    description,
  };
}
