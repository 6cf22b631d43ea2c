import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readIdentity, type ProcessIdentity } from '../../../src/adapters/process-identity.ts';
import { openStore } from '../../../src/adapters/store-sqlite/open-store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { BuildEvent, BuildEventBody } from '../../../src/ports/events.ts';
import type { BuildParameters, BuildResult, RolloutResult } from '../../../src/ports/result.ts';
import type { BuildClaim, ClaimedBuild, Store } from '../../../src/ports/store.ts';
import type { TargetSnapshot } from '../../../src/ports/target.ts';
import { PARAMETERS } from '../../fakes/build-parameters.ts';

export const testClock: Clock = {
  now: () => new Date('2026-03-09T10:00:00Z'),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      });
    }),
};

/** A boot time that only the test moves. */
export function fakeBoot(startMs = 1_000_000): { readonly bootMs: () => number; advance(ms: number): void } {
  let nowMs = startMs;
  return {
    bootMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xgen-store-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface OpenTestStore {
  readonly identity?: Partial<ProcessIdentity>;
  readonly bootMs?: () => number;
  readonly leaseMs?: number;
}

/** A store as a process opens it; closed after the test. */
export async function openTestStore(stateDir: string, options: OpenTestStore = {}): Promise<Store> {
  const identity = { ...(await readIdentity()), ...options.identity };
  const lease = { leaseMs: options.leaseMs ?? 30_000, heartbeatMs: 5_000 };
  const bootMs = options.bootMs === undefined ? {} : { bootMs: options.bootMs };
  const store = await openStore({ stateDir, clock: testClock, identity, lease, ...bootMs });
  onTestFinished(() => store.close());
  return store;
}

/** A process of this machine that has ended: its id was never given to anybody. */
export const DEAD: Partial<ProcessIdentity> = { pid: 4_194_400, pidStart: '1' };
/** Processes of other containers of this machine. */
export const CONTAINER_A: Partial<ProcessIdentity> = { pidNamespace: 'pid:[100]' };
export const CONTAINER_B: Partial<ProcessIdentity> = { pidNamespace: 'pid:[200]' };
export const OTHER_BOOT: Partial<ProcessIdentity> = { bootId: '00000000-0000-0000-0000-000000000000', pid: 7 };

export function parameters(change: Partial<BuildParameters> = {}): BuildParameters {
  return { ...PARAMETERS, ...change };
}

export function claim(change: Partial<BuildClaim> = {}): BuildClaim {
  return {
    service: 'xgen-core',
    site: 'main',
    parametersKey: 'a',
    parameters: parameters(),
    startedBy: 'jiwon@ci-7',
    command: 'build',
    ...change,
  };
}

export function automatic(startedBy: string, parametersKey = 'a'): BuildClaim {
  return claim({ startedBy, parametersKey, parameters: parameters({ trigger: 'automatic' }) });
}

export async function claimed(store: Store, wish: BuildClaim = claim(), waiterId = 'w'): Promise<ClaimedBuild> {
  const answer = await store.claim(wish, waiterId);
  if (answer.status !== 'claimed') throw new Error(`not claimed but ${answer.status}`);
  return answer.build;
}

export function result(change: Partial<BuildResult> = {}): BuildResult {
  return {
    schemaVersion: 1,
    service: 'xgen-core',
    site: 'main',
    status: 'succeeded',
    number: 1,
    commit: 'c'.repeat(40),
    image: null,
    buildImage: null,
    digest: `sha256:${'d'.repeat(64)}`,
    built: true,
    reason: 'source changed: 1a2b3c4 → 5d6e7f8',
    attempts: [],
    stages: [],
    rollouts: [],
    parameters: parameters(),
    infra: { commit: null, dirty: false },
    startedBy: 'jiwon@ci-7',
    warnings: [],
    error: null,
    durationMs: 8_123,
    ...change,
  };
}

export function rollout(change: Partial<RolloutResult> = {}): RolloutResult {
  return {
    env: 'dev',
    status: 'succeeded',
    deployment: 'xgen-core',
    replicas: 1,
    number: 42,
    digest: `sha256:${'d'.repeat(64)}`,
    previous: null,
    rollbackCommand: null,
    nativeRollbackCommand: null,
    detail: 'answers 200 on /health',
    error: null,
    durationMs: 10,
    ...change,
  };
}

export const snapshot: TargetSnapshot = { kind: 'docker', env: 'dev', deployment: 'xgen-core', data: { id: 'c1' } };

export function event(seq: number, body: BuildEventBody): BuildEvent {
  return { ...body, seq, at: '2026-03-09T10:00:00.000Z' };
}

export function output(seq: number, text: string): BuildEvent {
  return event(seq, { kind: 'log', stage: 'build', step: 1, stream: 'stdout', text });
}

export async function collect(events: AsyncIterable<BuildEvent>): Promise<BuildEvent[]> {
  const all: BuildEvent[] = [];
  for await (const each of events) all.push(each);
  return all;
}

export const never = new AbortController().signal;
