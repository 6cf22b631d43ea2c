import type { Configuration } from '../config/configuration.ts';
import { loadConfiguration } from '../config/load.ts';
import { UsageError } from '../errors/xgen-error.ts';
import { resolveBuildParameters } from '../plan/parameters.ts';
import { planBuild } from '../plan/plan-build.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { TargetPlan } from '../ports/target.ts';
import { formatDuration } from '../values/duration.ts';
import { lookup } from '../values/lookup.ts';
import { shownArgs } from '../values/shown-value.ts';
import type { CommandOutcome } from './outcome.ts';

export interface ConfigShowInput {
  readonly configDir: string;
  /** Null: all of them. */
  readonly service?: string | null;
  /** Null: `main`, else the first site, where a service is given. */
  readonly site?: string | null;
}

/**
 * The configuration with every default filled in, as YAML or JSON: the whole, or what it comes to for a service, a site
 * or both. Names credentials by id; there are no secrets in it, and what looks like one is `***`.
 * Throws what loading and planning throw.
 */
export async function configShow({ configDir, service, site }: ConfigShowInput): Promise<CommandOutcome> {
  const configuration = await loadConfiguration(configDir);
  const isWhole = (service ?? null) === null && (site ?? null) === null;
  const shown = isWhole
    ? shownConfiguration(configuration)
    : shownServices(configuration, service ?? null, site ?? null);
  const { stringify } = await import('yaml');
  return {
    exitCode: 0,
    text: stringify(shown, { aliasDuplicateObjects: false, lineWidth: 0 }),
    json: { schemaVersion: 1, ...shown },
  };
}

function shownConfiguration(configuration: Configuration): object {
  const { build, services } = configuration;
  return {
    ...configuration,
    build: { ...build, args: shownArgs(build.args) },
    services: Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, { ...service, args: shownArgs(service.args) }]),
    ),
  };
}

function shownServices(configuration: Configuration, service: string | null, site: string | null): object {
  const chosen = site ?? (configuration.sites.includes('main') ? 'main' : (configuration.sites[0] ?? 'main'));
  if (service !== null) return shownService(configuration, service, chosen);
  const names = Object.keys(configuration.services);
  return { site: chosen, services: names.map((name) => shownService(configuration, name, chosen)) };
}

function shownService(configuration: Configuration, service: string, site: string): object {
  const images = Object.fromEntries(
    (['nexus', 'local'] as const).flatMap((registry) => {
      const plan = planFor(configuration, { service, site, registry });
      return plan === null ? [] : [[registry, shownImage(plan)]];
    }),
  );
  const plan =
    planFor(configuration, { service, site, registry: 'nexus' }) ??
    planFor(configuration, { service, site, registry: 'local' });
  if (plan === null) throw new TypeError('a configuration without faults has a registry');
  const { source, overlay, build, targets, excluded } = plan;
  return {
    service,
    site,
    source,
    dockerfile: overlay.dockerfile,
    build: {
      context: build.context,
      target: build.target,
      args: shownArgs(build.args),
      secrets: build.secrets,
      pull: build.pull,
    },
    images,
    environments: Object.fromEntries([
      ...targets.map((target) => [target.env, shownTarget(target)]),
      ...excluded.map(({ env, reason }) => [env, { excluded: reason }]),
    ]),
  };
}

/** Null where the registry is not configured for the site. */
function planFor(
  configuration: Configuration,
  { service, site, registry }: { service: string; site: string; registry: 'nexus' | 'local' },
): BuildPlan | null {
  const { nexus, local } = configuration.registry;
  const found = registry === 'local' ? local : (lookup(configuration.siteRegistries, site) ?? nexus);
  const defaults = resolveBuildParameters({ flags: { site, registry }, environment: {} });
  const parameters = { ...defaults, env: Object.keys(configuration.environments) };
  try {
    return planBuild({ configuration, service, parameters });
  } catch (error) {
    if (found === null && error instanceof UsageError && error.code === 'USAGE') return null;
    throw error;
  }
}

function shownImage({ image }: BuildPlan): object {
  const { host, pullHost, apiHost, credentialId } = image.registry;
  return { image: `${host}/${image.repository}:${image.movingTag}`, pullHost, apiHost, credentialId };
}

function shownTarget(target: TargetPlan): object {
  const { kind, deployment, container, namespace, health, timeoutMs, strategy, onFailure } = target;
  const place = kind === 'docker' ? { docker: target.docker } : { namespace, kubernetes: target.kubernetes, strategy };
  return { target: kind, deployment, container, ...place, health, timeout: formatDuration(timeoutMs), onFailure };
}
