import type { Configuration } from '../config/configuration.ts';
import { UsageError } from '../errors/xgen-error.ts';
import type { RegistryAddress } from '../ports/registry.ts';
import type { BuildParameters } from '../ports/result.ts';
import { lookup } from '../values/lookup.ts';
import type { BuildPlan } from './build-plan.ts';

export interface ImageInput {
  readonly configuration: Configuration;
  readonly service: string;
  readonly parameters: BuildParameters;
}

/** Where the image of a service and site goes, and under which names. Throws USAGE for a registry that is not configured. */
export function planImage({ configuration, service, parameters }: ImageInput): BuildPlan['image'] {
  const { site, registry, tag, arch, number } = parameters;
  const project = configuration.project.name;
  const hasSite = registry === 'nexus' || configuration.registry.local?.includeSite === true;
  return {
    registry: registryOf(configuration, { site, registry }),
    repository: hasSite ? `${project}/${site}/${service}` : `${project}/${service}`,
    movingTag: `${tag}-${arch}`,
    numberFloor: configuration.build.numberFloor,
    number,
  };
}

/** The registry of a site: its own before the nexus of all; the local one has no login. */
export function registryOf(
  configuration: Configuration,
  { site, registry }: Pick<BuildParameters, 'site' | 'registry'>,
): RegistryAddress {
  const { nexus, local } = configuration.registry;
  const found = registry === 'local' ? local : (lookup(configuration.siteRegistries, site) ?? nexus);
  if (found === null) {
    const other = registry === 'nexus' ? 'local' : 'nexus';
    throw new UsageError({
      code: 'USAGE',
      message: `project.yaml has no registry.${registry} for the site ${site}`,
      hint: `use --registry ${other}, or add registry.${registry} to project.yaml`,
    });
  }
  const { host, apiHost, pullHost, credentialId } = found;
  return { host, apiHost, pullHost, credentialId };
}
