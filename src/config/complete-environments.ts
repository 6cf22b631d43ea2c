import { resolve } from 'node:path';
import type { OnFailure } from '../ports/target.ts';
import type { ClusterConfiguration, EnvironmentConfiguration } from './configuration.ts';
import type { EnvironmentsFile } from './schema-environments.ts';

type Entry = EnvironmentsFile['environments'][string];

export function completeEnvironments(
  { infraRoot, namespace }: { infraRoot: string; namespace: string },
  file: EnvironmentsFile,
): Record<string, EnvironmentConfiguration> {
  const complete = ([name, entry]: [string, Entry]): [string, EnvironmentConfiguration] => {
    const cluster = {
      kubeconfig: kubeconfigPath(infraRoot, entry.server.kubeconfig),
      context: entry.server.context ?? null,
      namespace: entry.namespace ?? namespace,
    };
    const airgapped = entry.airgapped ?? file.airgapped;
    const exportDir = airgapped?.exportDir;
    return [
      name,
      {
        name,
        target: entry.target,
        ...cluster,
        ip: entry.server.ip ?? null,
        argocd:
          entry.argocd === undefined
            ? null
            : { server: entry.argocd.server ?? null, appSuffix: entry.argocd.appSuffix },
        sites: entry.sites ?? null,
        bySite: completeBySite({ infraRoot, cluster }, entry.bySite),
        sameAs: entry.sameAs ?? null,
        protected: entry.protected,
        requireProvenIn: entry.requireProvenIn ?? null,
        rollout: {
          timeoutMs: entry.rollout.timeout,
          strategy: entry.rollout.strategy,
          onFailure: entry.rollout.onFailure ?? defaultOnFailure(name),
          concurrency: entry.rollout.concurrency,
        },
        docker: {
          host: entry.docker.host ?? null,
          project: entry.docker.project ?? `${cluster.namespace}-${name}`,
          publish: entry.docker.publish,
        },
        airgapped: {
          exportDir: exportDir === undefined ? null : resolve(infraRoot, exportDir),
          registryHost: airgapped?.registry?.host ?? null,
        },
      },
    ];
  };
  return Object.fromEntries(Object.entries(file.environments).map(complete));
}

/** A failed rollout in dev is a thing of every day and warns; elsewhere it fails. */
function defaultOnFailure(env: string): OnFailure {
  return env === 'dev' ? 'warn' : 'fail';
}

function completeBySite(
  { infraRoot, cluster }: { infraRoot: string; cluster: ClusterConfiguration },
  bySite: Entry['bySite'],
): Record<string, ClusterConfiguration> {
  return Object.fromEntries(
    Object.entries(bySite).map(([site, own]) => [
      site,
      {
        kubeconfig: own.kubeconfig === undefined ? cluster.kubeconfig : kubeconfigPath(infraRoot, own.kubeconfig),
        context: own.context ?? cluster.context,
        namespace: own.namespace ?? cluster.namespace,
      },
    ]),
  );
}

function kubeconfigPath(infraRoot: string, kubeconfig: string): string {
  return kubeconfig === '' || kubeconfig.startsWith('~/') ? kubeconfig : resolve(infraRoot, kubeconfig);
}
