import type { LabCluster } from './cluster.ts';
import { SERVICE } from './workload-manifest.ts';

export interface SeenPod {
  readonly name: string;
  /** `sha256:…` of the named container's image as the kubelet reports it; null where none was pulled. */
  readonly digest: string | null;
  readonly ready: boolean;
  readonly address: string;
}

interface PodStatus {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready: boolean;
      readonly imageID: string;
    }[];
  };
}

/** The pods of the service that are not being ended, by name. */
export async function podsOf(cluster: LabCluster, namespace: string): Promise<SeenPod[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${SERVICE}`;
  const { items } = (await cluster.api({ method: 'GET', path })) as { items: PodStatus[] };
  return items
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => {
      const container = pod.status.containerStatuses?.find(({ name }) => name === SERVICE);
      return {
        name: pod.metadata.name,
        digest: /sha256:[0-9a-f]{64}$/.exec(container?.imageID ?? '')?.[0] ?? null,
        ready: container?.ready ?? false,
        address: pod.status.podIP ?? '',
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** What a pod answers on `/health`. */
export async function askPod(pod: SeenPod): Promise<string> {
  const answer = await fetch(`http://${pod.address}:8000/health`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.text()).trim();
}
