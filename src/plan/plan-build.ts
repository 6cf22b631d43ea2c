import type { Configuration, SecretConfiguration, ServiceConfiguration } from '../config/configuration.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { BuildParameters } from '../ports/result.ts';
import type { SourceRef } from '../ports/sources.ts';
import { repositoryUrl } from '../values/addresses.ts';
import { platformOf } from '../values/arch.ts';
import { lookup } from '../values/lookup.ts';
import { ENVIRONMENT_NAME, requireName, SERVICE_NAME, SITE_NAME, TAG_NAME, type NameRule } from '../values/names.ts';
import { quote } from '../values/quote.ts';
import { closest } from '../values/suggest.ts';
import type { SecretSource } from '../ports/secrets.ts';
import type { BuildPlan } from './build-plan.ts';
import { movingTagWarnings } from './moving-tag.ts';
import { planImage } from './plan-image.ts';
import { planTargets } from './plan-target.ts';

export interface PlanInput {
  readonly configuration: Configuration;
  readonly service: string;
  readonly parameters: BuildParameters;
}

/**
 * Works out everything that a build does; pure. Throws a UsageError: NAME_REFUSED before anything else where a name
 * breaks its rule, UNKNOWN_SERVICE, UNKNOWN_SITE, UNKNOWN_ENVIRONMENT with the one that was probably meant, USAGE where
 * the registry is not configured.
 */
export function planBuild({ configuration, service: name, parameters }: PlanInput): BuildPlan {
  const { site } = parameters;
  requireNames(name, parameters);
  const service = findService(configuration, name);
  requireKnown({ what: 'a site', name: site, known: configuration.sites, code: 'UNKNOWN_SITE', file: 'project.yaml' });
  requireEnvironments(configuration, parameters.env);
  const image = planImage({ configuration, service: name, parameters });
  const { targets, excluded } = planTargets({ configuration, service, parameters, image });
  return {
    service: name,
    site,
    source: planSource(configuration, service, site),
    infraRoot: configuration.infraRoot,
    overlay: { dockerfile: service.dockerfile },
    build: {
      context: service.context,
      arch: parameters.arch,
      platform: platformOf(parameters.arch),
      target: service.target,
      // A Dockerfile that declares APP_SITE or APP_COMMIT shows them in the running service.
      args: { APP_SITE: site, ...configuration.build.args, ...service.args, TARGETARCH: parameters.arch },
      secrets: mergeSecrets(configuration.build.secrets, service.secrets),
      pull: configuration.build.pull,
      noCache: parameters.noCache,
    },
    image,
    targets,
    excluded,
    parameters,
    warnings: movingTagWarnings({ configuration, service, parameters }),
  };
}

function requireNames(service: string, { site, env, tag }: BuildParameters): void {
  const names: readonly (readonly [NameRule, string])[] = [
    [SITE_NAME, site],
    [SERVICE_NAME, service],
    [TAG_NAME, tag],
    ...env.map((name) => [ENVIRONMENT_NAME, name] as const),
  ];
  for (const [rule, name] of names) requireName(rule, name);
}

function findService(configuration: Configuration, name: string): ServiceConfiguration {
  const known = Object.keys(configuration.services);
  requireKnown({ what: 'a service', name, known, code: 'UNKNOWN_SERVICE', file: 'services.yaml' });
  const service = lookup(configuration.services, name);
  if (service === undefined) throw new TypeError('a known service is in the configuration');
  return service;
}

function requireEnvironments(configuration: Configuration, names: readonly string[]): void {
  const known = Object.keys(configuration.environments);
  for (const name of names) {
    requireKnown({ what: 'an environment', name, known, code: 'UNKNOWN_ENVIRONMENT', file: 'environments.yaml' });
  }
}

interface Known {
  readonly what: string;
  readonly name: string;
  readonly known: readonly string[];
  readonly code: 'UNKNOWN_SERVICE' | 'UNKNOWN_SITE' | 'UNKNOWN_ENVIRONMENT';
  readonly file: string;
}

/** Throws for a name that the configuration does not have, with the one that was probably meant and all there are. */
function requireKnown({ what, name, known, code, file }: Known): void {
  if (known.includes(name)) return;
  const near = closest(name, known);
  const list = known.length === 0 ? `${file} has none` : `${file} has ${known.join(', ')}`;
  throw new UsageError({
    code,
    message: `${quote(name)} is not ${what} of ${file}`,
    hint: near === null ? list : `did you mean ${near}? ${list}`,
    facts: { name, file },
  });
}

function planSource(configuration: Configuration, service: ServiceConfiguration, site: string): SourceRef {
  return {
    url: repositoryUrl(configuration.forge.url, configuration.project.group, service.repo),
    branch: lookup(service.branches, site) ?? service.branch ?? site,
    credentialId: configuration.forge.credentialId,
    submodules: service.submodules,
  };
}

/** Those of the project, and those of the service in the place of those with the same id. */
function mergeSecrets(
  project: readonly SecretConfiguration[],
  service: readonly SecretConfiguration[],
): readonly SecretSource[] {
  return [...new Map([...project, ...service].map((secret) => [secret.id, secret])).values()];
}
