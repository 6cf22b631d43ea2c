import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lock } from '../test/lab/cluster/build-programs.ts';
import { goProgram, goVersion, PATH_WITH_GO } from '../test/lab/cluster/go-toolchain.ts';
import { cacheFolder } from '../test/lab/cache-folder.ts';

/** What others would use instead, built from pinned Go modules: each folder of `bench/peers` is a module. */
export const PEERS = {
  buildx: { version: '0.29.1', package: 'github.com/docker/buildx/cmd/buildx', program: 'docker-buildx' },
  skaffold: {
    version: '2.16.1',
    package: 'github.com/GoogleContainerTools/skaffold/v2/cmd/skaffold',
    program: 'skaffold',
  },
} as const;

export type PeerName = keyof typeof PEERS;

/** What makes them, as a user types it. */
export const BUILD_COMMAND = 'npm run bench:build-peers';
const BUILD_TIME = 'about 12 minutes the first time';

/** Absolute path of the program. Throws where it was never built: a comparison that is left out is no comparison. */
export function requirePeer(name: PeerName): string {
  const path = pathOf(name);
  if (existsSync(path)) return path;
  throw new Error(`${path} is not there: ${BUILD_COMMAND} (${BUILD_TIME})`);
}

/** Builds what is missing, one after another, outside the checkout. */
export async function buildPeers(say: (line: string) => void): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const release = await lock(join(cacheFolder(), 'building-peers.lock'));
  try {
    for (const name of Object.keys(PEERS) as PeerName[]) {
      if (existsSync(pathOf(name))) continue;
      say(`Building ${name} ${PEERS[name].version} into ${folderOf(name)}: ${BUILD_TIME} for all.`);
      await build(name);
    }
  } finally {
    release();
  }
}

function moduleOf(name: PeerName): string {
  return join(import.meta.dirname, 'peers', name);
}

function folderOf(name: PeerName): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleOf(name), file)));
  const made = `${goVersion(moduleOf(name))}-${process.arch}-${hash.digest('hex').slice(0, 8)}`;
  return join(cacheFolder(), `${name}-${PEERS[name].version}-${made}`);
}

function pathOf(name: PeerName): string {
  return join(folderOf(name), PEERS[name].program);
}

async function build(name: PeerName): Promise<void> {
  const unfinished = mkdtempSync(join(cacheFolder(), 'unfinished-peer-'));
  const { package: source, program } = PEERS[name];
  const options = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
  try {
    const child = spawn(goProgram(moduleOf(name)), ['build', ...options, '-o', join(unfinished, program), source], {
      cwd: moduleOf(name),
      env: { ...process.env, PATH: PATH_WITH_GO, GOFLAGS: '', CGO_ENABLED: '0', GOWORK: 'off' },
      stdio: 'inherit',
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`go build of ${name} ended with ${String(code)}`);
    renameSync(unfinished, folderOf(name));
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
