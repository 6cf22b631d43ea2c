import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeMountsBelow } from '../mounts.ts';
import type { LabEngine } from '../engine.ts';

/** A healthy engine again, whatever was done to it: it starts with nothing, as on its first day. */
export async function wipeEngine({ engine, directory }: { engine: LabEngine; directory: string }): Promise<void> {
  await engine.stop();
  const data = join(directory, 'data');
  removeMountsBelow(`${data}/`);
  for (const name of ['buildkit', 'image', 'overlay2', 'containers', 'tmp'])
    rmSync(join(data, name), { recursive: true, force: true });
  await engine.start();
}
