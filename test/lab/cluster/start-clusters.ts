import type { LabParts } from '../infra.ts';
import type { ClusterDescription } from './cluster-parts.ts';
import { pushPauseImage } from './pause-image.ts';
import { BUILD_COMMAND, BUILD_TIME, hasPrograms } from './programs.ts';
import { startCluster } from './start-cluster.ts';

/** Starts both at once. Rejects only when neither is still starting, so that nothing starts after the lab was removed. */
export async function startClusters(lab: LabParts): Promise<{ dev: ClusterDescription; prd: ClusterDescription }> {
  if (!hasPrograms())
    throw new Error(`the programs of the clusters are not built: ${BUILD_COMMAND} makes them (${BUILD_TIME})`);
  const { directory, network, registries, baseImage } = lab;
  const pauseImage = await pushPauseImage(registries.local);
  const both = ['dev', 'prd'].map((name, index) =>
    startCluster({
      directory,
      network,
      name,
      index,
      registries: Object.values(registries),
      pauseImage,
      canaryImage: baseImage,
    }),
  );
  await Promise.allSettled(both);
  const [dev, prd] = await Promise.all(both);
  if (dev === undefined || prd === undefined) throw new Error('a cluster of the lab did not start');
  return { dev, prd };
}
