import type Dockerode from 'dockerode';

interface Endpoint {
  readonly IPAMConfig?: Dockerode.IPAMConfig | null;
  readonly Links?: readonly string[] | null;
  readonly Aliases?: readonly string[] | null;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly NetworkID?: string;
}

export interface OwnNetworks {
  readonly mode: string;
  readonly first: Readonly<Record<string, Dockerode.EndpointSettings>>;
  readonly others: readonly { readonly network: string; readonly endpoint: Dockerode.EndpointSettings }[];
}

/** The networks of a container, with aliases and addresses that were given, without those that the engine made up. */
export function ownNetworks(container: Dockerode.ContainerInspectInfo): OwnNetworks {
  const mode = container.HostConfig.NetworkMode ?? 'default';
  if (mode === 'host' || mode === 'none' || mode.startsWith('container:')) return { mode, first: {}, others: [] };
  const networks: [string, Endpoint][] = Object.entries(container.NetworkSettings.Networks);
  const main = networks.find(([name, { NetworkID }]) => isNamed(mode, name, NetworkID)) ?? networks[0];
  if (main === undefined) return { mode, first: {}, others: [] };
  const generated = container.Id.slice(0, 12);
  const others = networks.filter(([name]) => name !== main[0]);
  return {
    mode: isNamed(mode, main[0], main[1].NetworkID) ? mode : main[0],
    first: { [main[0]]: given(main[1], generated) },
    others: others.map(([network, endpoint]) => ({ network, endpoint: given(endpoint, generated) })),
  };
}

/** Links of the default bridge are read as `/target:/own/alias` and given as `target:alias`. */
export function givenLinks(links: readonly string[] | null | undefined): string[] {
  return (links ?? []).map((link) => {
    const [target = '', alias = ''] = link.split(':');
    return `${target.replace(/^\//, '')}:${alias.slice(alias.lastIndexOf('/') + 1)}`;
  });
}

function isNamed(mode: string, name: string, id: string | undefined): boolean {
  return mode === name || (mode === 'default' && name === 'bridge') || (id !== undefined && id !== '' && mode === id);
}

function given(endpoint: Endpoint, generated: string): Dockerode.EndpointSettings {
  const aliases = (endpoint.Aliases ?? []).filter((alias) => alias !== generated);
  return {
    ...(endpoint.IPAMConfig ? { IPAMConfig: endpoint.IPAMConfig } : {}),
    ...(endpoint.Links && endpoint.Links.length > 0 ? { Links: [...endpoint.Links] } : {}),
    ...(aliases.length > 0 ? { Aliases: aliases } : {}),
    ...(endpoint.DriverOpts ? { DriverOpts: { ...endpoint.DriverOpts } } : {}),
  };
}
