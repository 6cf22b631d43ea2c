import type { Configuration, EnvironmentConfiguration } from '../config/configuration.ts';
import { lookup } from '../values/lookup.ts';
import { looksSecret, soundsSecret } from '../values/shown-value.ts';
import { followsMovingTag, movingTagCure } from './moving-tag.ts';
import { exclusionReason } from './plan-target.ts';

/** What is allowed and still likely to go wrong one day; a sentence each. */
export function configurationWarnings(configuration: Configuration): string[] {
  return [
    ...samePlaceWarnings(configuration),
    ...movingTagFollowers(configuration),
    ...secretArgumentWarnings(configuration),
  ];
}

/** Two environments that are one cluster and namespace: a rollout to both would restart the same pods twice. */
function samePlaceWarnings(configuration: Configuration): string[] {
  const environments = Object.values(configuration.environments);
  return environments.flatMap((later, index) =>
    environments
      .slice(0, index)
      .filter(
        (earlier) =>
          placeOf(earlier) === placeOf(later) && !areLinked(earlier, later) && share(configuration, earlier, later),
      )
      .map(
        (earlier) =>
          `${earlier.name} and ${later.name} are the same place (${placeOf(later)}): a rollout to both is done once; environments.${later.name}.sameAs: ${earlier.name} says that it is meant so`,
      ),
  );
}

function placeOf(environment: EnvironmentConfiguration): string {
  const { docker, kubeconfig, context, namespace } = environment;
  if (environment.target === 'docker') return `engine ${docker.host ?? 'of this machine'}, project ${docker.project}`;
  if (environment.target === 'airgapped') return `files for ${environment.name}`;
  const cluster = kubeconfig === '' ? 'an empty kubeconfig' : `kubeconfig ${kubeconfig}`;
  return `${cluster}${context === null ? '' : `, context ${context}`}, namespace ${namespace}`;
}

/** Environments that would run an image which a build for another one pushed. */
function movingTagFollowers(configuration: Configuration): string[] {
  const environments = Object.values(configuration.environments);
  const first = lookup(configuration.environments, 'dev') ?? environments[0];
  return environments
    .filter((environment) => environment !== first && followsMovingTag(environment))
    .flatMap((environment) => {
      const others = environments
        .filter((other) => other !== environment && !areLinked(other, environment))
        .filter((other) => share(configuration, other, environment))
        .map((other) => other.name);
      if (others.length === 0) return [];
      return [
        `${environment.name} follows the moving tag that builds for ${others.join(', ')} push: a pod that is rescheduled there runs their image without a rollout; ${movingTagCure(environment.name)}`,
      ];
    });
}

function areLinked(a: EnvironmentConfiguration, b: EnvironmentConfiguration): boolean {
  return a.sameAs === b.name || b.sameAs === a.name || (a.sameAs !== null && a.sameAs === b.sameAs);
}

/** True where some service of some site is deployed to both. */
function share(configuration: Configuration, a: EnvironmentConfiguration, b: EnvironmentConfiguration): boolean {
  return Object.values(configuration.services).some((service) =>
    configuration.sites.some((site) =>
      [a, b].every((environment) => exclusionReason({ environment, service, site }) === null),
    ),
  );
}

/** Build arguments stay in the image's history, for everyone who can pull it. */
function secretArgumentWarnings(configuration: Configuration): string[] {
  const places = [
    { key: 'build.args', args: configuration.build.args },
    ...Object.values(configuration.services).map(({ name, args }) => ({ key: `services.${name}.args`, args })),
  ];
  return places.flatMap(({ key, args }) =>
    Object.entries(args)
      .filter(([name, value]) => soundsSecret(name) || looksSecret(value))
      .map(
        ([name]) => `${key}.${name} looks like a secret, and build arguments stay in the image's history; use secrets`,
      ),
  );
}
