import { readdirSync, rmSync, statSync, truncateSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabEngine } from '../engine.ts';
import type { LayerPlace } from './layer-places.ts';

/** As after a `rm` in the wrong folder, or a disk that lost it. */
export function removeLayerFolder({ folder }: LayerPlace): void {
  rmSync(folder, { recursive: true });
}

/** The engine keeps its layer database in memory: it reads the folders again when it starts. */
export async function removeLayerEntry(engine: LabEngine, { entry }: LayerPlace): Promise<void> {
  await engine.stop();
  rmSync(entry, { recursive: true });
  await engine.start();
}

/** What a layer's archive is put together from again at a push: half of it is lost. */
export function cutTarSplit({ entry }: LayerPlace): void {
  const file = join(entry, 'tar-split.json.gz');
  truncateSync(file, Math.floor(statSync(file).size / 2));
}

/** A file of the layer has another content than the one that its checksum was made of. Equal in length. */
export function editLayerFile({ folder }: LayerPlace, name: string): void {
  const file = join(folder, 'diff', name);
  const { size } = statSync(file);
  truncateSync(file, size - 1);
  appendFileSync(file, '~');
}

/**
 * Folders of layers and snapshots that hold a file of their own at this path: a build context, a cache mount, the
 * result of a step.
 */
export function foldersWith(directory: string, path: string): string[] {
  const all = join(directory, 'data/overlay2');
  return readdirSync(all)
    .map((id) => join(all, id))
    .filter((folder) => statSync(join(folder, 'diff', path), { throwIfNoEntry: false }) !== undefined);
}

/** Removes each of these folders; throws where there is none, since then nothing would be damaged. */
export function removeFolders(folders: readonly string[]): void {
  if (folders.length === 0) throw new Error('the engine has no such folder: nothing was damaged');
  for (const folder of folders) rmSync(folder, { recursive: true });
}
