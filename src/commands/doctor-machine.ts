import type { Builder } from '../ports/builder.ts';
import type { Examination, Finding } from './doctor-finding.ts';
import { folderExamination } from './doctor-folder.ts';
import { judgeEngine, judgeGit, judgeNode, LEAST_ENGINE, LEAST_GIT, NODE_RANGE } from './doctor-versions.ts';

export interface MachineOptions {
  readonly nodeVersion: string;
  readonly gitVersion: (signal: AbortSignal) => Promise<string>;
  readonly builder: Builder;
  readonly folders: { readonly cacheDir: string; readonly stateDir: string };
}

/** What a build needs of the machine itself, whatever is configured. */
export function machineExaminations({
  nodeVersion,
  gitVersion,
  builder,
  folders,
}: MachineOptions): readonly Examination[] {
  return [
    { name: 'node', examine: () => Promise.resolve(nodeFinding(nodeVersion)) },
    { name: 'git', examine: async (signal) => gitFinding(await gitVersion(signal)) },
    {
      name: 'engine',
      asks: {
        whom: 'the Docker engine',
        ifSilent: 'see whether it answers (docker version); if not: sudo systemctl restart docker',
      },
      examine: async (signal) => engineFinding(await builder.info(signal)),
    },
    folderExamination({ name: 'disk state', path: folders.stateDir, variable: 'XGEN_STATE_DIR', isCache: false }),
    folderExamination({ name: 'disk cache', path: folders.cacheDir, variable: 'XGEN_CACHE_DIR', isCache: true }),
  ];
}

export function nodeFinding(version: string): Finding {
  const name = 'node';
  if (judgeNode(version) !== 'refused') return { name, status: 'ok', detail: version, fix: null };
  return {
    name,
    status: 'error',
    detail: `${version} is not one that xgen-build runs on: it takes ${NODE_RANGE}`,
    fix: 'npm ci in the checkout of xgen-build brings the right one',
  };
}

export function gitFinding(version: string): Finding {
  const name = 'git';
  if (judgeGit(version) !== 'refused') return { name, status: 'ok', detail: version, fix: null };
  return {
    name,
    status: 'error',
    detail: `${version} is too old: ${LEAST_GIT} is the first that can be kept from the user's own configuration`,
    fix: 'sudo apt-get update && sudo apt-get install git (from backports or a newer release of the system)',
  };
}

/** The engine answered: what it is. One that does not, or has no BuildKit session, has thrown before. */
export function engineFinding(info: {
  readonly version: string;
  readonly endpoint: string;
  readonly arch: string;
}): Finding {
  const name = 'engine';
  const what = `${info.version} with BuildKit, ${info.arch}, at ${info.endpoint}`;
  const verdict = judgeEngine(info.version);
  if (verdict === 'ok' || verdict === null) return { name, status: 'ok', detail: what, fix: null };
  return {
    name,
    status: verdict === 'old' ? 'warning' : 'error',
    detail: `${info.version} at ${info.endpoint} is older than ${LEAST_ENGINE}, from which on builds are tested`,
    fix: 'sudo apt-get update && sudo apt-get install docker.io (or docker-ce), or name another engine by DOCKER_HOST',
  };
}
