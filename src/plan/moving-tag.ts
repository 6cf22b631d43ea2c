import type { Configuration, EnvironmentConfiguration, ServiceConfiguration } from '../config/configuration.ts';
import type { BuildParameters } from '../ports/result.ts';
import { lookup } from '../values/lookup.ts';
import { exclusionReason } from './plan-target.ts';

export interface MovingTagInput {
  readonly configuration: Configuration;
  readonly service: ServiceConfiguration;
  readonly parameters: BuildParameters;
}

/**
 * Environments that would run the pushed image although it was not, or not yet, rolled out there: a deployment that
 * keeps the moving tag pulls it again whenever a pod is rescheduled. Docker targets run by digest and are safe.
 */
export function movingTagWarnings({ configuration, service, parameters }: MovingTagInput): string[] {
  const { site, tag, arch } = parameters;
  const [first] = parameters.deploy ? deployedTo({ configuration, service, parameters }) : [];
  return Object.values(configuration.environments)
    .filter((environment) => environment !== first && !isSamePlace(environment, first))
    .filter((environment) => followsMovingTag(environment) && exclusionReason({ environment, service, site }) === null)
    .map((environment) => {
      const isAsked = parameters.deploy && parameters.env.includes(environment.name);
      const when = isAsked ? 'before it is rolled out there' : 'without a rollout';
      return `${environment.name} follows ${tag}-${arch} too: a pod that is rescheduled there runs this image ${when}; ${movingTagCure(environment.name)}`;
    });
}

/** Every environment that runs whatever the moving tag names, of those that the service of the site is deployed to. */
export function movingTagFollowers({ configuration, service, parameters }: MovingTagInput): string[] {
  return Object.values(configuration.environments)
    .filter(followsMovingTag)
    .filter((environment) => exclusionReason({ environment, service, site: parameters.site }) === null)
    .map(({ name }) => name);
}

/** True where a pod that is rescheduled pulls whatever the moving tag names then. */
export function followsMovingTag(environment: EnvironmentConfiguration): boolean {
  return environment.target === 'kubernetes' && environment.rollout.strategy === 'restart';
}

/** What to do against it. */
export function movingTagCure(env: string): string {
  return `environments.${env}.rollout.strategy: pin cures it`;
}

function deployedTo({ configuration, service, parameters }: MovingTagInput): EnvironmentConfiguration[] {
  return parameters.env
    .flatMap((env) => lookup(configuration.environments, env) ?? [])
    .filter((environment) => exclusionReason({ environment, service, site: parameters.site }) === null);
}

function isSamePlace(environment: EnvironmentConfiguration, first: EnvironmentConfiguration | undefined): boolean {
  return first !== undefined && (environment.sameAs === first.name || first.sameAs === environment.name);
}
