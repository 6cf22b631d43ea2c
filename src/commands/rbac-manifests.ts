import type { TargetPlan } from '../ports/target.ts';
import { leastRights, OPTIONAL_RIGHTS, type Right } from '../values/kubernetes-rights.ts';
import { stringify } from 'yaml';

/** A namespace that is rolled out to. */
export interface RbacPlace {
  readonly namespace: string;
  readonly envs: readonly string[];
  readonly workloads: readonly TargetPlan['workload'][];
}

export interface RbacManifest {
  /** A line for people. */
  readonly says: string;
  readonly object: Readonly<Record<string, unknown>>;
}

const NAME = 'xgen-build';
const RBAC = 'rbac.authorization.k8s.io';

/** The account in the first namespace, a role where it may do its work, and what binds the two. */
export function rbacManifests(
  places: readonly [RbacPlace, ...RbacPlace[]],
  { isClusterWide, isWhole }: { isClusterWide: boolean; isWhole: boolean },
): readonly RbacManifest[] {
  const [home] = places;
  const subject = { kind: 'ServiceAccount', name: NAME, namespace: home.namespace };
  const account = {
    says: `The account: kubectl -n ${home.namespace} create token ${NAME} gives a login.`,
    object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: home.namespace } },
  };
  if (isClusterWide) {
    const workloads = [...new Set(places.flatMap((place) => place.workloads))];
    const rules = rulesOf(workloads, { namespace: null, isWhole });
    return [
      account,
      ...roleAndBinding({ kind: 'ClusterRole', namespace: null, rules, subject, says: 'every namespace' }),
    ];
  }
  return [
    account,
    ...places.flatMap(({ namespace, envs, workloads }) =>
      roleAndBinding({
        kind: 'Role',
        namespace,
        rules: rulesOf(workloads, { namespace, isWhole }),
        subject,
        says: `${namespace} (${envs.join(', ')})`,
      }),
    ),
  ];
}

interface RoleParts {
  readonly kind: 'Role' | 'ClusterRole';
  readonly namespace: string | null;
  readonly rules: readonly object[];
  readonly subject: object;
  readonly says: string;
}

function roleAndBinding({ kind, namespace, rules, subject, says }: RoleParts): readonly RbacManifest[] {
  const metadata = { name: NAME, ...(namespace === null ? {} : { namespace }) };
  const apiVersion = `${RBAC}/v1`;
  const roleRef = { apiGroup: RBAC, kind, name: NAME };
  return [
    { says: `What it may do in ${says}.`, object: { apiVersion, kind, metadata, rules } },
    {
      says: `Lets the account do so in ${says}.`,
      object: { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects: [subject] },
    },
  ];
}

function rulesOf(
  workloads: readonly TargetPlan['workload'][],
  { namespace, isWhole }: { namespace: string | null; isWhole: boolean },
): readonly object[] {
  const needed = new Map(workloads.flatMap(leastRights).map((right) => [right.resource, right]));
  const rights = [...needed.values(), ...(isWhole ? OPTIONAL_RIGHTS : [])];
  return rights.map((right) => ruleOf(right, namespace));
}

/** A Role in a namespace may let read that namespace itself, by its name. */
function ruleOf({ group, resource, subresource, verbs }: Right, namespace: string | null) {
  const named = resource === 'namespaces' && namespace !== null ? { resourceNames: [namespace] } : {};
  return {
    apiGroups: [group],
    resources: [subresource === null ? resource : `${resource}/${subresource}`],
    ...named,
    verbs: [...verbs],
  };
}

/** The manifest with comments; what is optional is named there, whether it is part of it or not. */
export function rbacText(manifests: readonly RbacManifest[], isWhole: boolean): string {
  const optional = OPTIONAL_RIGHTS.map(({ resource, subresource, verbs, serves }) => {
    const what = `${verbs.join(', ')} ${resource}${subresource === null ? '' : `/${subresource}`}`;
    return `#   ${what}: ${serves ?? ''}`;
  });
  const head = [
    `# What ${NAME} needs in a cluster: kubectl apply -f -`,
    isWhole ? '# Among it what it can do without:' : '# Each of these is optional, and not in here (--all adds them):',
    ...optional,
  ];
  const documents = manifests.map(({ says, object }) => `# ${says}\n${stringify(object)}`);
  return `${head.join('\n')}\n---\n${documents.join('---\n')}`;
}
