import type { Configuration } from '../config/configuration.ts';
import { clusterOf } from '../config/configuration.ts';
import { UsageError } from '../errors/xgen-error.ts';
import { exclusionReason } from '../plan/plan-target.ts';
import type { TargetPlan } from '../ports/target.ts';
import type { CommandOutcome } from './outcome.ts';
import { rbacManifests, rbacText, type RbacPlace } from './rbac-manifests.ts';

export interface RbacOptions {
  readonly configuration: Configuration;
  /** Environments; null: all that are clusters. */
  readonly env: readonly string[] | null;
  /** Null: all sites. */
  readonly site: string | null;
  /** A ClusterRole, for every namespace, in the place of a Role in each. */
  readonly isClusterWide: boolean;
  /** With the rights that can be done without. */
  readonly isWhole: boolean;
}

/** The least rights as a manifest, to be applied by somebody who may. Throws USAGE where no environment is a cluster. */
export function rbac(options: RbacOptions): CommandOutcome {
  const places = placesOf(options);
  const [first] = places;
  if (first === undefined) {
    throw new UsageError({
      code: 'USAGE',
      message: 'none of these environments has target: kubernetes',
      hint: 'xgen-build rbac --env prd',
    });
  }
  const { isClusterWide, isWhole } = options;
  const manifests = rbacManifests([first, ...places.slice(1)], { isClusterWide, isWhole });
  return {
    exitCode: 0,
    text: rbacText(manifests, isWhole),
    json: { schemaVersion: 1, kind: 'List', apiVersion: 'v1', items: manifests.map(({ object }) => object) },
  };
}

/** Each namespace once, with the kinds of workload that are rolled out there. */
function placesOf({ configuration, env, site }: RbacOptions): readonly RbacPlace[] {
  const places = new Map<string, { envs: Set<string>; workloads: Set<TargetPlan['workload']> }>();
  const sites = site === null ? configuration.sites : [site];
  for (const environment of Object.values(configuration.environments)) {
    if (environment.target !== 'kubernetes' || env?.includes(environment.name) === false) continue;
    for (const service of Object.values(configuration.services)) {
      for (const one of sites) {
        if (exclusionReason({ environment, service, site: one }) !== null) continue;
        const { namespace } = clusterOf(environment, one);
        const place = places.get(namespace) ?? { envs: new Set(), workloads: new Set() };
        place.envs.add(environment.name);
        place.workloads.add(service.workload);
        places.set(namespace, place);
      }
    }
  }
  return [...places].map(([namespace, { envs, workloads }]) => ({
    namespace,
    envs: [...envs],
    workloads: [...workloads],
  }));
}
