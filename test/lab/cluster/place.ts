import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Infra, InfraChanges, Lab } from '../lab.ts';
import type { LabCluster } from './cluster.ts';
import { giveRights, makeNamespace } from './namespace.ts';
import { podsOf, type SeenPod } from './see-pods.ts';
import { pushSeedImage } from './seed-image.ts';
import { SERVICE, workloadManifest, type WorkloadChanges } from './workload-manifest.ts';

/** An infra whose dev and prd are namespaces of real clusters, with an account there whose rights xgen-build prints. */
export interface Place {
  readonly lab: Lab;
  readonly infra: Infra;
  readonly namespace: string;
  /** By environment. */
  readonly clusters: Readonly<Record<string, LabCluster>>;
  /** `127.0.0.1:41234/xgen-4f2a1c/main/xgen-core:latest-amd64` */
  readonly movingImage: string;
  /** The kubeconfig that the environment's configuration names. */
  kubeconfigFile(env: string): string;
  /** Throws where the place has no such environment. */
  cluster(env: string): LabCluster;
  /** Makes the workload in each environment and waits until it runs an image that xgen-build did not make. */
  seed(envs: readonly string[], changes?: WorkloadChanges): Promise<void>;
  /** The pods of the workload that are not being ended. */
  pods(env: string): Promise<SeenPod[]>;
  /** Changes files of the service at branch main; the next build takes them. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  /** Standard output; throws where it does not end with 0. */
  kubectl(env: string, args: readonly string[], input?: string): Promise<string>;
  /** Removes the namespaces, and does not wait for it. */
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly lab: Lab;
  readonly changes?: InfraChanges;
  /** `one`: both environments are the same namespace of the cluster dev. By default each has a cluster of its name. */
  readonly clusters?: 'two' | 'one';
  /** `least` by default. */
  readonly rights?: 'least' | 'all';
}

export const ENVIRONMENTS = ['dev', 'prd'] as const;

export async function openPlace(options: PlaceOptions): Promise<Place> {
  const { lab, rights = 'least' } = options;
  const clusters: Record<string, LabCluster> = {};
  for (const env of ENVIRONMENTS) {
    const cluster = lab.clusters[options.clusters === 'one' ? 'dev' : env];
    if (cluster !== undefined) clusters[env] = cluster;
  }
  const namespace = `xgen-${randomBytes(4).toString('hex')}`;
  const folder = join(lab.directory, 'kubeconfigs', namespace);
  mkdirSync(folder, { recursive: true });
  const kubeconfigFile = (env: string): string => join(folder, `${env}.conf`);
  const changes = forKubernetes({ namespace, kubeconfigFile, changes: options.changes ?? {} });
  const place = placeOf({ lab, infra: await lab.freshInfra(changes), namespace, clusters, kubeconfigFile });
  const distinct = [...new Set(Object.values(clusters))];
  await Promise.all(distinct.map((cluster) => makeNamespace(cluster, namespace, lab.registries.nexus)));
  await pushSeedImage({ ...lab.registries.nexus, repository: place.infra.repository('main', SERVICE) });
  for (const env of Object.keys(clusters)) writeFileSync(kubeconfigFile(env), await giveRights(place, env, rights));
  return place;
}

function placeOf(parts: Pick<Place, 'lab' | 'infra' | 'namespace' | 'clusters' | 'kubeconfigFile'>): Place {
  const { lab, infra, namespace, clusters } = parts;
  const movingImage = `${lab.registries.nexus.host}/${infra.repository('main', SERVICE)}:latest-amd64`;
  const cluster: Place['cluster'] = (env) => {
    const found = clusters[env];
    if (found === undefined) throw new Error(`the place has no cluster for ${env}`);
    return found;
  };
  const kubectl: Place['kubectl'] = async (env, args, input = '') => {
    const run = await cluster(env).kubectl(['--namespace', namespace, ...args], { input });
    if (run.exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
  };
  const seedOne = async (env: string, changes: WorkloadChanges): Promise<void> => {
    await kubectl(env, ['apply', '--filename', '-'], JSON.stringify(workloadManifest(movingImage, changes)));
    const workload = `${changes.kind ?? 'Deployment'}/${SERVICE}`;
    await kubectl(env, ['rollout', 'status', workload, '--timeout=120s']);
  };
  return {
    ...parts,
    movingImage,
    cluster,
    kubectl,
    pods: (env) => podsOf(cluster(env), namespace),
    commit: (files) => infra.commit({ service: SERVICE, branch: 'main', files, message: 'Change it' }),
    seed: async (envs, changes = {}) => {
      await Promise.all(envs.map((env) => seedOne(env, changes)));
    },
    close: async () => {
      const remove = ['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found'];
      await Promise.all([...new Set(Object.values(clusters))].map((one) => one.kubectl(remove)));
    },
  };
}

/** The lab's infra for Kubernetes, and what is to be changed of it. */
function forKubernetes(of: {
  namespace: string;
  kubeconfigFile: (env: string) => string;
  changes: InfraChanges;
}): InfraChanges {
  const { namespace, kubeconfigFile, changes } = of;
  const given = (changes.environments ?? {}) as { environments?: Record<string, { rollout?: object } | undefined> };
  const environment = (env: string): [string, object] => {
    const { rollout, ...rest } = given.environments?.[env] ?? {};
    const server = { kubeconfig: kubeconfigFile(env) };
    // Without `docker` and with a limit that a busy machine keeps.
    return [env, { target: 'kubernetes', docker: undefined, server, rollout: { timeout: '90s', ...rollout }, ...rest }];
  };
  return {
    only: [SERVICE],
    project: { kubernetes: { namespace }, ...changes.project },
    ...(changes.services === undefined ? {} : { services: changes.services }),
    environments: { ...given, environments: Object.fromEntries(ENVIRONMENTS.map(environment)) },
  };
}
