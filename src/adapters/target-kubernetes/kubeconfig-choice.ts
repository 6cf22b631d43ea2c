import { delimiter, join } from 'node:path';

/** What is needed to tell which cluster is meant; nothing is read yet. */
export interface KubeconfigQuestion {
  /** `server.kubeconfig`: absolute, or `~/…`; empty: the pod's own cluster, else what kubectl would take. */
  readonly kubeconfig: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** True where the account's token is mounted, as in every pod. */
  readonly isInPod: boolean;
}

export type KubeconfigChoice =
  | { readonly kind: 'in-cluster'; readonly server: string }
  | {
      readonly kind: 'files';
      readonly paths: readonly string[];
      /** Where the paths came from, for messages. */
      readonly from: 'configuration' | 'KUBECONFIG' | 'home';
    };

/**
 * The contract's rule for an empty kubeconfig: in a pod its own cluster, elsewhere KUBECONFIG or `~/.kube/config`. One
 * that is named is taken, in a pod too.
 */
export function chooseKubeconfig({ kubeconfig, environment, isInPod }: KubeconfigQuestion): KubeconfigChoice {
  const home = environment['HOME'] ?? '';
  if (kubeconfig !== '') return { kind: 'files', paths: [expandHome(kubeconfig, home)], from: 'configuration' };
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (isInPod && host !== '') {
    return { kind: 'in-cluster', server: `https://${host.includes(':') ? `[${host}]` : host}:${port}` };
  }
  const named = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (named.length > 0) return { kind: 'files', paths: named, from: 'KUBECONFIG' };
  return { kind: 'files', paths: [join(home, '.kube', 'config')], from: 'home' };
}

function expandHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}
