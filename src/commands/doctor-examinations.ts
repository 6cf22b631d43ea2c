import { checkPaths } from '../config/check-paths.ts';
import type { Configuration } from '../config/configuration.ts';
import { errorReport } from '../pipeline/stage.ts';
import type { Ports } from '../pipeline/context.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { resolveBuildParameters } from '../plan/parameters.ts';
import { planBuild } from '../plan/plan-build.ts';
import type { TargetPlan } from '../ports/target.ts';
import { countText } from '../report/format.ts';
import { failedFinding, type Examination, type Finding } from './doctor-finding.ts';
import { machineExaminations } from './doctor-machine.ts';
import { hasRemoteRegistry, registriesOf, registryExaminations } from './doctor-registries.ts';
import { secretExaminations, secretsOf } from './doctor-secrets.ts';
import { sourceExamination } from './doctor-source.ts';
import { firstDeployed, targetExaminations } from './doctor-targets.ts';

/** What the doctor asks; it keeps nothing. */
export type DoctorPorts = Pick<
  Ports,
  'builder' | 'credentials' | 'readSecret' | 'redactor' | 'registries' | 'sources' | 'targets'
>;

export interface DoctorOptions {
  readonly ports: DoctorPorts;
  readonly folders: { readonly cacheDir: string; readonly stateDir: string };
  /** Narrows registries, source and targets down to those of one site; null or empty: all. */
  readonly site: string | null;
  readonly readConfiguration: () => Promise<Configuration>;
  readonly gitVersion: (signal: AbortSignal) => Promise<string>;
  readonly nodeVersion: string;
}

/**
 * All that a build needs here, in the order in which it needs it. Without a usable configuration only the machine itself.
 * Nothing is written, and no secret is shown. Throws NAME_REFUSED and UNKNOWN_SITE for a site that is not configured.
 */
export async function doctorExaminations(options: DoctorOptions): Promise<readonly Examination[]> {
  const { ports, folders, gitVersion, nodeVersion } = options;
  const machine = machineExaminations({ nodeVersion, gitVersion, builder: ports.builder, folders });
  const read = await readOrFinding(options.readConfiguration);
  const examinations =
    'finding' in read
      ? [settled(read.finding), ...machine]
      : [settled(configFinding(read.configuration)), ...machine, ...configured(options, read.configuration)];
  return examinations.map((examination) => redacted(examination, ports.redactor));
}

type Read = { readonly configuration: Configuration } | { readonly finding: Finding };

async function readOrFinding(readConfiguration: DoctorOptions['readConfiguration']): Promise<Read> {
  try {
    return { configuration: await readConfiguration() };
  } catch (error) {
    const { code, message, hint, evidence } = errorReport(error);
    const detail = `${message}; registries, source and targets are not looked at`;
    const fix = code === 'CONFIG_INVALID' ? 'xgen-build config check' : hint;
    return { finding: { name: 'config', status: 'error', detail, fix, evidence } };
  }
}

function configFinding({ configDir, services, sites, environments }: Configuration): Finding {
  const counts = [
    countText(Object.keys(services).length, 'service'),
    countText(sites.length, 'site'),
    countText(Object.keys(environments).length, 'environment'),
  ];
  return { name: 'config', status: 'ok', detail: `${counts.join(', ')} in ${configDir}`, fix: null };
}

function configured({ ports, site }: DoctorOptions, configuration: Configuration): readonly Examination[] {
  const sites = site === null || site === '' ? configuration.sites : [site];
  const source = planSource(configuration, sites);
  return [
    dockerfilesExamination(configuration),
    ...secretExaminations(ports.readSecret, secretsOf(configuration)),
    ...(source === null ? [] : [sourceExamination(ports, source)]),
    ...registryExaminations(ports, registriesOf(configuration, sites)),
    ...targetExaminations(ports.targets, planTargets(configuration, sites)),
  ];
}

/** The first service of `main` where that is among the sites, else of the first site. */
function planSource(configuration: Configuration, sites: readonly string[]): BuildPlan | null {
  const site = sites.includes('main') ? 'main' : sites[0];
  const service = Object.keys(configuration.services)[0];
  return site === undefined || service === undefined ? null : planWith(configuration, { service, site, env: [] });
}

/** A target for each environment that something is deployed to. */
function planTargets(configuration: Configuration, sites: readonly string[]): readonly TargetPlan[] {
  return Object.values(configuration.environments).flatMap((environment) => {
    const deployed = firstDeployed(configuration, environment, sites);
    return deployed === null ? [] : planWith(configuration, { ...deployed, env: [environment.name] }).targets;
  });
}

interface Planned {
  readonly service: string;
  readonly site: string;
  readonly env: readonly string[];
}

/** A plan with default parameters, but for the registry where only the local one is configured for the site. */
function planWith(configuration: Configuration, { service, site, env }: Planned): BuildPlan {
  const defaults = resolveBuildParameters({ flags: {}, environment: {} });
  const registry = hasRemoteRegistry(configuration, site) ? 'nexus' : 'local';
  return planBuild({ configuration, service, parameters: { ...defaults, site, env, registry } });
}

function dockerfilesExamination(configuration: Configuration): Examination {
  const name = 'dockerfiles';
  return {
    name,
    async examine() {
      await checkPaths(configuration);
      const services = Object.values(configuration.services);
      const files = new Set(services.map((service) => service.dockerfile)).size;
      const detail = `${countText(files, 'Dockerfile')} for ${countText(services.length, 'service')}`;
      return { name, status: 'ok', detail, fix: null };
    },
  };
}

function settled(finding: Finding): Examination {
  return { name: finding.name, examine: () => Promise.resolve(finding) };
}

/** What others said may quote a login back: it is taken out here, wherever it came from. */
function redacted(examination: Examination, redactor: Ports['redactor']): Examination {
  return {
    ...examination,
    async examine(signal) {
      try {
        return redactor.redactData(await examination.examine(signal));
      } catch (error) {
        signal.throwIfAborted();
        return redactor.redactData(failedFinding(examination, error));
      }
    },
  };
}
