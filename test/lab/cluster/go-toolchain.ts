import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Taken from the Go modules' own proxy (checked against its checksum database) where the machine's Go is too old. */
const PINNED = 'go1.24.11';
const LOWEST_MINOR = 24;

/** Where Go's own installer puts it, which is on few PATHs. */
export const PATH_WITH_GO = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/go/bin`;

/** `go1.26.8`: the Go on PATH where it can build Kubernetes, else the pinned one. Downloads nothing. */
export function goVersion(module: string): string {
  return versionOnPath(module) ?? PINNED;
}

/** The program of that Go. Throws where there is no Go at all, which the download of another one needs. */
export function goProgram(module: string): string {
  return versionOnPath(module) === null ? downloadPinned() : 'go';
}

function versionOnPath(module: string): string | null {
  try {
    // In the folder of go.mod, since a newer Go takes another toolchain by itself where that file asks for one.
    const version = run(['env', 'GOVERSION'], module).trim();
    const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0);
    return minor >= LOWEST_MINOR && /^[a-zA-Z0-9.-]+$/.test(version) ? version : null;
  } catch {
    return null;
  }
}

function downloadPinned(): string {
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const toolchain = `golang.org/toolchain@v0.0.1-${PINNED}.linux-${arch}`;
  let answer: string;
  try {
    answer = run(['mod', 'download', '-json', toolchain], tmpdir());
  } catch (error) {
    throw new Error('the programs of the clusters need Go on PATH; on Debian: apt-get install golang-go', {
      cause: error,
    });
  }
  const { Dir } = JSON.parse(answer) as { Dir: string };
  // Files of modules are not executable. Go does the same to a toolchain that it takes by itself.
  for (const folder of ['bin', `pkg/tool/linux_${arch}`])
    for (const name of readdirSync(join(Dir, folder))) chmodSync(join(Dir, folder, name), 0o755);
  return join(Dir, 'bin', 'go');
}

function run(args: readonly string[], cwd: string): string {
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: PATH_WITH_GO };
  // An old Go knows fewer flags than a newer one that they may be meant for.
  delete env['GOFLAGS'];
  return execFileSync('go', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
