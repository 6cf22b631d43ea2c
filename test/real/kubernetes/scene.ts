import { expect } from 'vitest';
import type { BuildResult } from '../../../src/ports/result.ts';
import { openPlace, type Place, type PlaceOptions } from '../../lab/cluster/place.ts';
import { SERVICE } from '../../lab/cluster/workload-manifest.ts';
import { useLab } from '../../lab/use-lab.ts';
import { build } from '../main-job/scene.ts';

export { SERVICE };

/** A place on the clusters, and what tests expect of it. */
export interface Scene extends Place {
  /** The whole main job with `--output json`. */
  build(args: readonly string[], expected?: Parameters<typeof build>[2]): Promise<BuildResult>;
  /** Expects that many pods, all ready, all with the digest. */
  expectRuns(env: string, expected: { digest: string | null; replicas?: number }): Promise<void>;
  /** The deployment as the API server has it. */
  deployment(env: string): Promise<SeenDeployment>;
}

type Containers = readonly { readonly name: string; readonly image: string }[];

export interface SeenDeployment {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly generation: number };
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: Containers; readonly initContainers?: Containers };
    };
  };
}

export interface SceneOptions extends Partial<PlaceOptions> {
  /** Of the test's context: the place is closed when the test ends. */
  readonly onTestFinished: (clean: () => Promise<void>) => void;
}

export async function openScene({ onTestFinished, lab = useLab(), ...options }: SceneOptions): Promise<Scene> {
  const place = await openPlace({ ...options, lab });
  onTestFinished(() => place.close());
  return {
    ...place,
    // Where other work goes on, 30 pods take their time.
    build: (args, expected) => build(place.infra, [SERVICE, ...args], { limitMs: 240_000, ...expected }),
    expectRuns: async (env, { digest, replicas = 1 }) => {
      const seen = (await place.pods(env)).map(({ digest, ready }) => ({ digest, ready }));
      expect(seen).toEqual(Array.from({ length: replicas }, () => ({ digest, ready: true })));
    },
    deployment: async (env) =>
      JSON.parse(await place.kubectl(env, ['get', 'deployment', SERVICE, '--output', 'json'])) as SeenDeployment,
  };
}
