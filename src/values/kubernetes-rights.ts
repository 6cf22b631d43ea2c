/** A right in a namespace, in the words of RBAC. */
export interface Right {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | null;
  readonly verbs: readonly string[];
  /** What is done without where it is missing; null: it is needed. */
  readonly serves: string | null;
}

/** All that the main job needs. A restart is a patch of the workload; pods are known by our own annotation. */
export function leastRights(workload: 'deployment' | 'statefulset' | 'daemonset'): readonly Right[] {
  return [
    {
      group: 'apps',
      resource: `${workload}s`,
      subresource: null,
      verbs: ['get', 'list', 'watch', 'patch'],
      serves: null,
    },
    { group: '', resource: 'pods', subresource: null, verbs: ['get', 'list', 'watch'], serves: null },
  ];
}

/** Each is done without where it is missing. */
export const OPTIONAL_RIGHTS: readonly Right[] = [
  {
    group: '',
    resource: 'pods',
    subresource: 'log',
    verbs: ['get'],
    serves: 'the last lines of a container that failed',
  },
  {
    group: '',
    resource: 'events',
    subresource: null,
    verbs: ['list'],
    serves: 'what a failing probe answered, and which volume is missing',
  },
  {
    group: '',
    resource: 'namespaces',
    subresource: null,
    verbs: ['get'],
    serves: 'two environments that are one cluster are noticed whatever they are called',
  },
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    subresource: null,
    verbs: ['create', 'get', 'update', 'delete'],
    serves: 'one rollout at a time across machines that do not share their state',
  },
];
