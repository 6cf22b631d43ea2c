import { chmod, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { makeFolder } from '../make-folder.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import { findBuilds } from './build-records.ts';
import * as builds from './builds.ts';
import { beat, claimBuild } from './claims.ts';
import { openDatabase } from './database.ts';
import { createEventLog } from './event-log.ts';
import { forgetBuilds } from './forget-builds.ts';
import { createLeases, systemBootMs } from './leases.ts';
import { createLocks } from './locks.ts';
import { drawNumber } from './numbers.ts';
import * as rollouts from './rollouts.ts';
import { storeError } from './store-errors.ts';
import { leaveLine } from './waiting-line.ts';

export interface StoreOptions {
  /** Absolute path; made where it is not there, readable by its owner only. It must be on a local disk. */
  readonly stateDir: string;
  readonly clock: Clock;
  readonly identity: ProcessIdentity;
  /** By default 30 s, extended every 5 s. */
  readonly lease?: { readonly leaseMs: number; readonly heartbeatMs: number };
  /** Milliseconds since the boot, by default the system's monotonic clock; leases hang on it alone. */
  readonly bootMs?: () => number;
}

const DEFAULT_LEASE = { leaseMs: 30_000, heartbeatMs: 5_000 };

/** Opens the state of this machine: `state.db` and `logs`. Throws STORE_FAILED, STORE_NEWER, DISK_FULL. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { stateDir, clock, identity } = options;
  const { leaseMs, heartbeatMs } = options.lease ?? DEFAULT_LEASE;
  const database = await openDatabase(await preparePath(stateDir), clock);
  const leases = createLeases({ identity, leaseMs, bootMs: options.bootMs ?? systemBootMs });
  const locks = createLocks({ database, leases, clock });
  const log = createEventLog({ stateDir, database, leases });
  const { read, write } = database;
  const now = () => clock.now().toISOString();
  // A renewal that fails is made up for by the next one; a lock that was lost is told by its fence.
  const renewal = setInterval(() => void locks.renew().catch(() => undefined), heartbeatMs).unref();
  return {
    heartbeatMs,
    claim: (claim, waiterId) => write((sql) => claimBuild(sql, { claim, waiterId }, { leases, now: now() })),
    withdraw: (waiterId) => write((sql) => leaveLine(sql, waiterId)),
    heartbeat: (build) => write((sql) => beat(sql, build, leases)),
    draw: (build, request) => write((sql) => drawNumber(sql, build, request)),
    recordFacts: (build, facts) => write((sql) => builds.writeFacts(sql, build, facts)),
    recordStage: (build, stage) => write((sql) => builds.writeStage(sql, build, stage)),
    recordAttempt: (build, attempt) => write((sql) => builds.writeAttempt(sql, build, attempt)),
    openRollout: (build, rollout) => write((sql) => rollouts.beginRollout(sql, build, rollout)),
    closeRollout: (build, rollout) => write((sql) => rollouts.endRollout(sql, build, rollout)),
    abandonedRollouts: (target) => read((sql) => rollouts.findAbandoned(sql, target, leases)),
    dismissRollout: (id) => write((sql) => rollouts.forgetRollout(sql, id)),
    finish: (build, result) => write((sql) => builds.writeResult(sql, build, { result, now: now() })),
    requestCancel: (buildId) => write((sql) => builds.askForCancel(sql, buildId, leases)),
    appendEvents: (build, events) => log.append(build, events),
    flushEvents: (build) => log.flush(build),
    readEvents: (buildId, how) => log.read(buildId, how),
    forget: (order) => forgetBuilds({ database, stateDir }, order),
    find: (query) => read((sql) => findBuilds(sql, query)),
    isAlive: (buildId) => read((sql) => builds.isBuildAlive(sql, buildId, leases)),
    lock: (name, how) => locks.lock(name, how),
    async close() {
      clearInterval(renewal);
      await log.flushAll();
      // A lock that cannot be given back is free once this process has ended.
      await locks.releaseAll().catch(() => undefined);
      database.close();
    },
  };
}

/** Makes folder and file first: SQLite would make the file, and those beside it, readable by all. */
async function preparePath(stateDir: string): Promise<string> {
  const path = join(stateDir, 'state.db');
  try {
    await makeFolder(stateDir);
    const file = await open(path, 'a', 0o600);
    await file.close();
    await chmod(path, 0o600);
    return path;
  } catch (error) {
    throw storeError(error, path);
  }
}
