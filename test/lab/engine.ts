import { request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, isAlive, readRecord, startProcess, waitUntilReady } from './processes.ts';
import { NO_NETWORK, type LabNetwork } from './network.ts';

/** The lab's own engine. Its name is always the same; stopping and starting it again keeps its images and containers. */
export interface LabEngine {
  /** `unix:///tmp/xgl-abc123/docker.sock` */
  readonly host: string;
  /** The path in it. */
  readonly socket: string;
  start(): Promise<void>;
  /** As an administrator stops it: containers end first. */
  stop(): Promise<void>;
  /** As a crash: containers and their shims live on. */
  kill(): Promise<void>;
  /** One request to the engine's API; resolves to its JSON, and throws where the status is 400 or above. */
  api(method: string, path: string, body?: unknown): Promise<unknown>;
}

/**
 * BuildKit cuts a step's log at 1 MiB unless it is told otherwise (`util/progress/logs/logs.go`). That of Docker 20.10
 * takes -1 for nothing at all.
 */
const UNLIMITED_LOGS = { BUILDKIT_STEP_LOG_MAX_SIZE: '2147483647', BUILDKIT_STEP_LOG_MAX_SPEED: '2147483647' };

export function writeEngineConfig(directory: string, network: LabNetwork): void {
  // A containerd of its own: an engine takes the machine's containerd where there is one, and two engines in one
  // containerd end each other's containers. Its `opt` folder and the engine's key would lie outside the lab otherwise.
  writeFileSync(
    join(directory, 'containerd.toml'),
    `version = 2
root = "${directory}/containerd"
state = "${directory}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
address = "${directory}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "${directory}/containerd-opt"
`,
  );
  writeFileSync(
    join(directory, 'daemon.json'),
    JSON.stringify({
      'shutdown-timeout': 2,
      'deprecated-key-path': join(directory, 'key.json'),
      'default-address-pools': [{ base: network.pool, size: 28 }],
    }),
  );
}

/**
 * The engine of a lab whose folder holds the configuration; it need not run. With NO_NETWORK it is somebody
 * else's, and is neither started nor stopped.
 */
export function engineOf(directory: string, network: LabNetwork): LabEngine {
  const isForeign = network.bridge === NO_NETWORK.bridge;
  const socket = join(directory, 'docker.sock');
  const api = (method: string, path: string, body?: unknown): Promise<unknown> =>
    callEngine({ socket, method, path, body });
  return {
    host: `unix://${socket}`,
    socket,
    api,
    start: () => (isForeign ? refuse() : startEngine(directory, network)),
    stop: () => (isForeign ? refuse() : endProcess(directory, 'dockerd')),
    kill: () => (isForeign ? refuse() : endProcess(directory, 'dockerd', { signal: 'SIGKILL' })),
  };
}

async function refuse(): Promise<never> {
  throw new Error("this lab uses somebody else's engine: it is left alone");
}

async function startEngine(directory: string, network: LabNetwork): Promise<void> {
  const containerd = readRecord(directory, 'containerd');
  if (containerd === null || !isAlive(containerd)) {
    const config = join(directory, 'containerd.toml');
    startProcess({ directory, name: 'containerd', command: ['containerd', '--config', config] });
  }
  const flags = {
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'dockerd.pid'),
    host: `unix://${join(directory, 'docker.sock')}`,
    containerd: join(directory, 'containerd.sock'),
    'config-file': join(directory, 'daemon.json'),
    bridge: network.bridge,
    'cgroup-parent': `/${network.bridge}`,
    // A second engine with rules of its own overwrites the first one's isolation.
    iptables: false,
    'ip-forward': network.reachesOut,
    'log-level': 'warn',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  startProcess({ directory, name: 'dockerd', command: ['dockerd', ...args], environment: UNLIMITED_LOGS });
  await waitUntilReady({
    directory,
    name: 'dockerd',
    limitMs: 30_000,
    ask: () =>
      callEngine({ socket: join(directory, 'docker.sock'), method: 'GET', path: '/version', body: undefined }).then(
        () => true as const,
        () => null,
      ),
  });
}

interface EngineCall {
  readonly socket: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

function callEngine({ socket, method, path, body }: EngineCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const call = request(
      { socketPath: socket, method, path, headers: sent === undefined ? {} : { 'content-type': 'application/json' } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if ((answer.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
          else resolve(text.trim() === '' ? null : parseJson(text));
        });
      },
    );
    call.setTimeout(60_000, () => call.destroy(new Error(`${method} ${path}: no answer within 60 s`)));
    call.on('error', reject);
    call.end(sent);
  });
}

/** A stream of JSON lines (a pull) is returned as its text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
