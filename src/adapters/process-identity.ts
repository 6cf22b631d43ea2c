import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who a process is, so that another process can tell later whether it still runs. Serialisable. A process id alone is
 * used again after a while, and says nothing on another machine, after a restart of the machine or in another container.
 */
export interface ProcessIdentity {
  readonly host: string;
  /** Changes with every start of the machine; empty where the system does not tell. */
  readonly bootId: string;
  readonly pid: number;
  /** When the process began, in the system's own words; empty where it does not tell. */
  readonly pidStart: string;
  /** The kernel's name of the process id namespace (a container has its own); `host` where there are none. */
  readonly pidNamespace: string;
}

/** `unknown`: the process is, or was, on another machine or boot, or in another container. */
export type ProcessState = 'alive' | 'dead' | 'unknown';

const COMMAND_TIMEOUT_MS = 2_000;

/** The identity of this process. Never throws: what the system does not tell is left empty. */
export function readIdentity(): Promise<ProcessIdentity> {
  return Promise.resolve(ownIdentity());
}

/** False only where the process is known to be dead; one that cannot be seen from here counts as alive. */
export function isProcessAlive(identity: ProcessIdentity, self: ProcessIdentity = ownIdentity()): boolean {
  return processState(identity, self) !== 'dead';
}

/** What can be known from here. Blocks for less than a millisecond on Linux, for one call of `ps` elsewhere. */
export function processState(identity: ProcessIdentity, self: ProcessIdentity = ownIdentity()): ProcessState {
  if (!isVisibleFrom(identity, self)) return 'unknown';
  if (identity.pid === self.pid) return identity.pidStart === self.pidStart ? 'alive' : 'dead';
  if (!answersSignals(identity.pid)) return 'dead';
  const running = startOf(identity.pid);
  if (running === null || identity.pidStart === '') return 'alive';
  return running === identity.pidStart ? 'alive' : 'dead';
}

/** True where process ids of `identity` mean the same process to `self`: same boot of the same kernel, same namespace. */
export function isVisibleFrom(identity: ProcessIdentity, self: ProcessIdentity): boolean {
  return identity.bootId !== '' && identity.bootId === self.bootId && identity.pidNamespace === self.pidNamespace;
}

/**
 * The start time (field 22, clock ticks since boot) out of `/proc/PID/stat`; `ended` for a zombie, which is a dead process
 * that its parent has not asked about yet (proc(5)). Null for text of another form. The second field is the program's
 * name in brackets and may hold spaces and brackets itself.
 */
export function parseProcStat(stat: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined) return null;
  return state === 'Z' || state === 'X' ? 'ended' : start;
}

function ownIdentity(): ProcessIdentity {
  const isLinux = process.platform === 'linux';
  return {
    host: hostname(),
    bootId: (isLinux
      ? (read('/proc/sys/kernel/random/boot_id') ?? '')
      : output('sysctl', ['-n', 'kern.bootsessionuuid'])
    ).trim(),
    pid: process.pid,
    pidStart: startOf(process.pid) ?? '',
    pidNamespace: isLinux ? ownNamespace() : 'host',
  };
}

function ownNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'host';
  }
}

function startOf(pid: number): string | null {
  if (process.platform === 'linux') return parseProcStat(read(`/proc/${pid}/stat`) ?? '');
  const start = output('ps', ['-o', 'lstart=', '-p', String(pid)]).trim();
  return start === '' ? null : start;
}

function answersSignals(pid: number): boolean {
  // kill(2) takes 0 and below for whole groups of processes.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function output(command: string, args: readonly string[]): string {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  const ran = spawnSync(command, args, { encoding: 'utf8', timeout: COMMAND_TIMEOUT_MS, env });
  return ran.status === 0 ? ran.stdout : '';
}
