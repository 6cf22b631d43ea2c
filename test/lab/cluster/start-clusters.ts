import type { LabParts } from '../infra.ts';
import type { ClusterDescription } from './cluster-parts.ts';
import { pushPauseImage } from './pause-image.ts';
import { BUILD_COMMAND, BUILD_TIME, hasPrograms } from './programs.ts';
import { startCluster } from './start-cluster.ts';

/** Starts all at once. Rejects only when none is still starting, so that nothing starts after the lab was removed. */
export async function startClusters(lab: LabParts, names: readonly string[]): Promise<ClusterDescription[]> {
  if (names.length === 0) return [];
  if (!hasPrograms())
    throw new Error(`the programs of the clusters are not built: ${BUILD_COMMAND} makes them (${BUILD_TIME})`);
  const { directory, network, registries, baseImage } = lab;
  const pauseImage = await pushPauseImage(registries.local);
  const shared = { directory, network, registries: Object.values(registries), pauseImage, canaryImage: baseImage };
  const all = names.map((name, index) => startCluster({ ...shared, name, index }));
  await Promise.allSettled(all);
  return Promise.all(all);
}
