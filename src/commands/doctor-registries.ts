import type { Configuration } from '../config/configuration.ts';
import { XgenError } from '../errors/xgen-error.ts';
import type { Ports } from '../pipeline/context.ts';
import { registryOf } from '../plan/plan-image.ts';
import type { Login } from '../ports/credentials.ts';
import type { RegistryAddress } from '../ports/registry.ts';
import { lookup } from '../values/lookup.ts';
import { failedFinding, type Examination, type Finding } from './doctor-finding.ts';

/** A registry that builds of the sites push to. */
export interface ExaminedRegistry {
  /** `registry nexus`, `registry local`, `registry aww`: by the site that has it for its own. */
  readonly name: string;
  readonly address: RegistryAddress;
  /** False where a build goes there with --registry local only. */
  readonly isDefault: boolean;
}

/** The registries of the sites, each once, the one of all first. */
export function registriesOf(configuration: Configuration, sites: readonly string[]): readonly ExaminedRegistry[] {
  const { registry, siteRegistries } = configuration;
  const remote = sites.flatMap((site): ExaminedRegistry[] => {
    if (!hasRemoteRegistry(configuration, site)) return [];
    const isOwn = lookup(siteRegistries, site) !== undefined;
    const address = registryOf(configuration, { site, registry: 'nexus' });
    return [{ name: isOwn ? `registry ${site}` : 'registry nexus', address, isDefault: true }];
  });
  const shared = remote.filter(({ name }) => name === 'registry nexus');
  const own = remote.filter(({ name }) => name !== 'registry nexus');
  const local = registry.local === null ? [] : [localRegistry(configuration, remote.length === 0)];
  return distinct([...shared, ...own, ...local]);
}

/** Whether a build of the site has another registry than the local one to push to. */
export function hasRemoteRegistry({ registry, siteRegistries }: Configuration, site: string): boolean {
  return registry.nexus !== null || lookup(siteRegistries, site) !== undefined;
}

function localRegistry(configuration: Configuration, isDefault: boolean): ExaminedRegistry {
  const address = registryOf(configuration, { site: '', registry: 'local' });
  return { name: 'registry local', address, isDefault };
}

function distinct(registries: readonly ExaminedRegistry[]): readonly ExaminedRegistry[] {
  const keys = registries.map(({ address }) => JSON.stringify([address.host, address.apiHost, address.credentialId]));
  return registries.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

type RegistryPorts = Pick<Ports, 'registries' | 'credentials'>;

/** A real login to each. */
export function registryExaminations(
  ports: RegistryPorts,
  registries: readonly ExaminedRegistry[],
): readonly Examination[] {
  return registries.map((registry) => ({
    name: registry.name,
    asks: {
      whom: `the registry ${registry.address.host}`,
      ifSilent: `see whether it answers: curl -sS -m 10 https://${registry.address.apiHost}/v2/`,
    },
    examine: (signal) => examineRegistry(ports, registry, signal),
  }));
}

/** A registry that cannot be reached may lack its login too: both are said, so that they are mended in one go. */
async function examineRegistry(
  ports: RegistryPorts,
  { name, address, isDefault }: ExaminedRegistry,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const client = ports.registries.open(address);
  const [login, ping] = await Promise.allSettled([findLogin(ports, address), client.ping(signal)]);
  signal.throwIfAborted();
  if (ping.status === 'fulfilled' && login.status === 'fulfilled') {
    return [{ name, status: 'ok', detail: answerText(address, login.value), fix: null }];
  }
  const errors: readonly unknown[] = [ping, login].flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  const findings = errors.map((error) => (isDefault ? failedFinding({ name }, error) : sparedFinding(name, error)));
  return [...new Map(findings.map((finding) => [finding.detail, finding])).values()];
}

/** Not every machine has the registry that is asked for by --registry local alone. */
function sparedFinding(name: string, error: unknown): Finding {
  const finding = failedFinding({ name }, error);
  if (!(error instanceof XgenError) || error.code !== 'REGISTRY_UNREACHABLE') return finding;
  const detail = `${finding.detail}; only builds with --registry local need it`;
  return { ...finding, status: 'warning', detail };
}

async function findLogin(
  { credentials }: RegistryPorts,
  { host, credentialId }: RegistryAddress,
): Promise<Login | null> {
  return credentialId === null ? null : credentials.require(credentialId, { kind: 'registry', host });
}

function answerText({ host, apiHost, credentialId }: RegistryAddress, login: Login | null): string {
  const where = host === apiHost ? host : `${host} (asked at ${apiHost})`;
  if (login === null) return `${where} answers; it has no credentialId`;
  return `${where} takes the login ${credentialId ?? ''} (from ${login.from})`;
}
