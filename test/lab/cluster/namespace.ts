import { setTimeout as sleep } from 'node:timers/promises';
import type { LoginRegistry } from '../registry.ts';
import type { LabCluster } from './cluster.ts';
import { KubeApiError } from './kube-api.ts';
import type { Place } from './place.ts';

/** A namespace whose pods may pull from the registry by the Secret `nexus-pull`. */
export async function makeNamespace(cluster: LabCluster, name: string, registry: LoginRegistry): Promise<void> {
  const metadata = { name };
  await cluster.api({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata },
  });
  const { host, username, password } = registry;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  await cluster.api({
    method: 'POST',
    path: `/api/v1/namespaces/${name}/secrets`,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'nexus-pull' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { auth } } }) },
    },
  });
  // No pod is taken before the namespace's own account is there.
  const path = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  while (!(await isThere(cluster, path))) await sleep(50);
}

async function isThere(cluster: LabCluster, path: string): Promise<boolean> {
  try {
    await cluster.api({ method: 'GET', path });
    return true;
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return false;
    throw error;
  }
}

/** Applies what `xgen-build rbac` prints, and resolves to a kubeconfig of the account that it makes. */
export async function giveRights(place: Place, env: string, rights: 'least' | 'all'): Promise<string> {
  const { infra, namespace, clusters } = place;
  const cluster = clusters[env];
  if (cluster === undefined) throw new Error(`the place has no cluster for ${env}`);
  const printed = await infra.run(['rbac', '--env', env, ...(rights === 'all' ? ['--all'] : [])]);
  if (printed.exitCode !== 0) throw new Error(`xgen-build rbac ended with ${printed.exitCode}: ${printed.stderr}`);
  await place.kubectl(env, ['apply', '--filename', '-'], printed.stdout);
  const account = 'xgen-build';
  return cluster.kubeconfigOf({ token: await tokenOf(cluster, { namespace, account }), namespace });
}

export async function tokenOf(
  cluster: LabCluster,
  of: { namespace: string; account: string; expiresInSeconds?: number },
): Promise<string> {
  const { namespace, account, expiresInSeconds = 3_600 } = of;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}`;
  const { metadata } = (await cluster.api({ method: 'GET', path })) as { metadata: { uid: string } };
  return cluster.tokenOf({ namespace, account, uid: metadata.uid, expiresInSeconds });
}
