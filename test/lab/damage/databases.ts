import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabEngine } from '../engine.ts';

/** BuildKit's databases inside the engine. */
export type BuildDatabase =
  /** Which snapshot is which layer. */
  | 'snapshots.db'
  /** Leases, which keep content and snapshots from being collected. */
  | 'containerdmeta.db'
  /** What is known of each cache record. */
  | 'metadata_v2.db'
  /** Which step leads to which cache record. */
  | 'cache.db';

interface Damaged {
  readonly engine: LabEngine;
  /** The lab's folder. */
  readonly directory: string;
}

/** The engine starts without the database, and makes an empty one. */
export async function removeDatabase({ engine, directory }: Damaged, name: BuildDatabase): Promise<void> {
  await engine.stop();
  rmSync(databaseFile(directory, name));
  await engine.start();
}

/** An engine that finds this ends at once; it is down afterwards. */
export async function spoilDatabase({ engine, directory }: Damaged, name: BuildDatabase): Promise<void> {
  await engine.stop();
  writeFileSync(databaseFile(directory, name), 'this is no database\n'.repeat(1_000));
}

export function databaseFile(directory: string, name: BuildDatabase): string {
  return join(directory, 'data/buildkit', name);
}

/** Everything that BuildKit keeps is gone under the running engine, which goes on to use what it has open. */
export function wipeBuildFolder(directory: string): void {
  const folder = join(directory, 'data/buildkit');
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}
