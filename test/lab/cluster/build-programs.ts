import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from '../cache-folder.ts';
import { goProgram, PATH_WITH_GO } from './go-toolchain.ts';
import { BUILD_TIME, COMMANDS, kubernetesVersion, MODULE, programsFolder } from './programs.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Builds what is missing, from the Go modules that go.sum fixes. Of two builds at once the second waits for the first
 * and finds its work done. `say` gets a line a minute.
 */
export async function buildPrograms(say: (line: string) => void): Promise<void> {
  const folder = programsFolder();
  if (existsSync(folder)) return;
  mkdirSync(cacheFolder(), { recursive: true });
  const release = await lock(join(cacheFolder(), 'building.lock'));
  try {
    if (existsSync(folder)) return;
    removeRemains();
    const unfinished = join(cacheFolder(), `unfinished-${randomBytes(4).toString('hex')}`);
    mkdirSync(unfinished);
    say(`Building Kubernetes ${kubernetesVersion()} into ${folder}: ${BUILD_TIME}.`);
    await compile(unfinished, say);
    renameSync(unfinished, folder);
  } finally {
    release();
  }
}

/** What a build left that was killed: whoever holds the lock knows that nobody works on them. */
function removeRemains(): void {
  for (const name of readdirSync(cacheFolder()))
    if (name.startsWith('unfinished-')) rmSync(join(cacheFolder(), name), { recursive: true, force: true });
}

/** Held until the returned function is called, or until this process is gone. */
export async function lock(path: string): Promise<() => void> {
  const holder = spawn('flock', [path, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    holder.on('error', reject);
    holder.on('close', () => reject(new Error(`${path} could not be locked`)));
    holder.stdout.once('data', () => resolve());
  });
  return () => holder.stdin.end();
}

async function compile(into: string, say: (line: string) => void): Promise<void> {
  const version = 'k8s.io/component-base/version';
  const [major = '', minor = ''] = kubernetesVersion().slice(1).split('.');
  // Without them the servers say that they are v0.0.0-master+$Format:%H$.
  const variables = { gitVersion: kubernetesVersion(), gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${version}.${name}=${value}`)];
  const options = [
    '-v',
    '-mod=readonly',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    flags.join(' '),
    '-o',
    `${into}/`,
  ];
  const packages = [...COMMANDS.map((command) => `k8s.io/kubernetes/cmd/${command}`), './pause'];
  const child = spawn(goProgram(MODULE), ['build', ...options, ...packages], {
    cwd: MODULE,
    env: { ...process.env, PATH: PATH_WITH_GO, GOFLAGS: '', CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = (): void => {
    child.kill();
  };
  for (const signal of SIGNALS) process.once(signal, end);
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const started = Date.now();
  const minutes = setInterval(() => {
    say(`  ${Math.round((Date.now() - started) / 60_000)} min: ${said.length} packages so far`);
  }, 60_000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`go build ended with ${String(code)}:\n${said.slice(-20).join('\n')}`);
  } finally {
    clearInterval(minutes);
    for (const signal of SIGNALS) process.off(signal, end);
  }
}
