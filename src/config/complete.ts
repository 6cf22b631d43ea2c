import { dirname } from 'node:path';
import { deepFreeze, type Configuration, type RegistryConfiguration } from './configuration.ts';
import { completeEnvironments } from './complete-environments.ts';
import { completeServices } from './complete-services.ts';
import { completeSecrets } from './complete-secrets.ts';
import type { EnvironmentsFile } from './schema-environments.ts';
import type { ProjectFile } from './schema-project.ts';
import type { ServicesFile } from './schema-services.ts';

export interface CheckedFiles {
  readonly project: ProjectFile;
  readonly services: ServicesFile;
  readonly environments: EnvironmentsFile;
}

/** Fills in every default that is worked out from other keys, and freezes the whole. Expects files without faults. */
export function completeConfiguration(configDir: string, files: CheckedFiles): Configuration {
  const { project, services, environments } = files;
  const infraRoot = dirname(configDir);
  const namespace = project.kubernetes?.namespace ?? project.project.name;
  const { nexus, local } = project.registry;
  const configuration: Configuration = {
    configDir,
    infraRoot,
    project: {
      name: project.project.name,
      platform: project.project.platform ?? project.project.name,
      group: project.project.group,
      infraRepo: project.project.infraRepo ?? null,
    },
    forge: completeForge(project),
    registry: {
      nexus: nexus === undefined ? null : completeRegistry(nexus),
      local: local === undefined ? null : { ...completeRegistry(local), includeSite: local.includeSite },
    },
    kubernetes: { namespace },
    sites: project.sites,
    siteRegistries: mapValues(project.siteRegistries, completeRegistry),
    build: { ...project.build, secrets: completeSecrets(infraRoot, project.build.secrets) },
    gc: project.gc,
    notifications: { slack: project.notifications.slack ?? null },
    services: completeServices(infraRoot, services),
    environments: completeEnvironments({ infraRoot, namespace }, environments),
  };
  return deepFreeze(configuration);
}

function completeForge(project: ProjectFile): Configuration['forge'] {
  const kind = project.gitlab === undefined ? 'github' : 'gitlab';
  const forge = project.gitlab ?? project.github;
  if (forge === undefined) throw new TypeError('the files were not checked: neither gitlab nor github is given');
  return { kind, url: forge.url.replace(/\/+$/, ''), credentialId: forge.credentialId ?? null };
}

function completeRegistry(registry: {
  host: string;
  pullHost?: string | undefined;
  apiHost?: string | undefined;
  credentialId?: string | undefined;
}): RegistryConfiguration {
  const { host, pullHost = host, apiHost = host, credentialId = null } = registry;
  return { host, pullHost, apiHost, credentialId };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, make: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, make(value)]));
}
