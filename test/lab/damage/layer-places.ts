import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the engine (overlay2, its own store) keeps one layer. */
export interface LayerPlace {
  /** The layer's entry in the layer database: a folder with `cache-id`, `diff`, `parent`, `tar-split.json.gz`. */
  readonly entry: string;
  /** The layer's own folder, with `diff`, `link`, `lower`. */
  readonly folder: string;
}

/** The layers of an image, the lowest first, given the `rootfs.diff_ids` of its configuration. */
export function layerPlaces(directory: string, diffIds: readonly string[]): LayerPlace[] {
  return chainIds(diffIds).map((chainId) => {
    const entry = join(directory, 'data/image/overlay2/layerdb/sha256', chainId.slice('sha256:'.length));
    return { entry, folder: join(directory, 'data/overlay2', readFileSync(join(entry, 'cache-id'), 'utf8')) };
  });
}

/** A layer is known by itself and all that are below it (OCI image specification, "layer ChainID"). */
function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    const digest = createHash('sha256')
      .update(`${below ?? ''} ${diffId}`)
      .digest('hex');
    chain.push(below === undefined ? diffId : `sha256:${digest}`);
  }
  return chain;
}
