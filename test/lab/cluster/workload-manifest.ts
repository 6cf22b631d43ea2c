/** The service of the lab that is rolled out to clusters. */
export const SERVICE = 'xgen-core';

export interface WorkloadChanges {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas?: number;
  readonly image?: string;
  /** Of the workload's own spec: `progressDeadlineSeconds`, `paused`, `strategy`. */
  readonly spec?: object;
  /** Of the named container. */
  readonly container?: object;
  /** Of the pod: `initContainers`, `imagePullSecrets`. */
  readonly pod?: object;
  readonly sidecars?: readonly object[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A workload of the service as a platform team would write it; it pulls the moving tag. */
export function workloadManifest(movingImage: string, changes: WorkloadChanges): object {
  const kind = changes.kind ?? 'Deployment';
  const labels = { app: SERVICE };
  const container = {
    name: SERVICE,
    image: changes.image ?? movingImage,
    imagePullPolicy: 'Always',
    readinessProbe: { httpGet: { path: '/health', port: 8000 }, periodSeconds: 1 },
    ...changes.container,
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: SERVICE, labels, annotations: changes.annotations ?? {} },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: changes.replicas ?? 1 }),
      ...(kind === 'StatefulSet' ? { serviceName: SERVICE } : {}),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          imagePullSecrets: [{ name: 'nexus-pull' }],
          containers: [container, ...(changes.sidecars ?? [])],
          ...changes.pod,
        },
      },
      ...changes.spec,
    },
  };
}
