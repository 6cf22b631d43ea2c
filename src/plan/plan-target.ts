import { clusterOf } from '../config/configuration.ts';
import type { Configuration, EnvironmentConfiguration, ServiceConfiguration } from '../config/configuration.ts';
import type { BuildParameters } from '../ports/result.ts';
import type { TargetPlan } from '../ports/target.ts';
import { lookup } from '../values/lookup.ts';
import type { BuildPlan } from './build-plan.ts';

export interface TargetsInput {
  readonly configuration: Configuration;
  readonly service: ServiceConfiguration;
  readonly parameters: BuildParameters;
  readonly image: BuildPlan['image'];
}

/** The targets that were asked for, in order, and those that the configuration leaves out. None without a deploy. */
export function planTargets(input: TargetsInput): Pick<BuildPlan, 'targets' | 'excluded'> {
  const { configuration, service, parameters } = input;
  if (!parameters.deploy) return { targets: [], excluded: [] };
  const environments = parameters.env.flatMap((env) => lookup(configuration.environments, env) ?? []);
  const asked = environments.map((environment) => ({
    environment,
    reason: exclusionReason({ environment, service, site: parameters.site }),
  }));
  return {
    targets: asked.filter(({ reason }) => reason === null).map(({ environment }) => planTarget(environment, input)),
    excluded: asked.flatMap(({ environment, reason }) => (reason === null ? [] : [{ env: environment.name, reason }])),
  };
}

/** Why a service of a site is not deployed to an environment; null where it is. */
export function exclusionReason(of: {
  environment: EnvironmentConfiguration;
  service: ServiceConfiguration;
  site: string;
}): string | null {
  const { environment, service, site } = of;
  if (service.environments !== null && !service.environments.includes(environment.name)) {
    return `services.${service.name}.environments leaves ${environment.name} out`;
  }
  if (environment.sites !== null && !environment.sites.includes(site)) {
    return `environments.${environment.name}.sites leaves ${site} out`;
  }
  return null;
}

function planTarget(environment: EnvironmentConfiguration, { service, parameters, image }: TargetsInput): TargetPlan {
  const cluster = clusterOf(environment, parameters.site);
  return {
    env: environment.name,
    kind: environment.target,
    service: service.name,
    site: parameters.site,
    deployment: service.deployment,
    container: service.container,
    workload: service.workload,
    namespace: cluster.namespace,
    health: { port: service.port, path: service.healthCheck },
    timeoutMs: service.rollout.timeoutMs ?? environment.rollout.timeoutMs,
    strategy: environment.rollout.strategy,
    onFailure: service.rollout.onFailure ?? environment.rollout.onFailure,
    sameAs: environment.sameAs,
    protected: environment.protected,
    requireProvenIn: environment.requireProvenIn,
    concurrency: environment.rollout.concurrency,
    repository: { host: image.registry.pullHost, path: image.repository },
    registry: image.registry,
    movingTag: image.movingTag,
    arch: parameters.arch,
    docker: {
      host: environment.docker.host,
      project: environment.docker.project,
      publish: lookup(environment.docker.publish, service.name) ?? null,
    },
    kubernetes: {
      kubeconfig: cluster.kubeconfig,
      context: cluster.context,
      argocdApp: environment.argocd === null ? null : `${service.name}${environment.argocd.appSuffix}`,
    },
  };
}
