import type { ContainerInspectInfo } from 'dockerode';
import type { TargetEngine } from './place.ts';

export type HealthAddress =
  | { readonly kind: 'ask'; readonly host: string; readonly port: number }
  /** Why it cannot be asked, in words. */
  | { readonly kind: 'none'; readonly why: string };

export interface HealthQuestion {
  readonly container: Pick<ContainerInspectInfo, 'HostConfig' | 'NetworkSettings'>;
  readonly endpoint: TargetEngine['endpoint'];
  readonly port: number;
}

/** Where a container's port is reached from here: where it is published, else at its own address on a local engine. */
export function healthAddress({ container, endpoint, port }: HealthQuestion): HealthAddress {
  const published = publishedPort(container, port);
  if (published !== null) return atPublishedPort(published, endpoint);
  if (container.HostConfig.NetworkMode === 'host') {
    return { kind: 'ask', host: endpoint.isLocal ? '127.0.0.1' : (endpoint.hostName ?? '127.0.0.1'), port };
  }
  if (!endpoint.isLocal)
    return { kind: 'none', why: `port ${String(port)} is not published, and the engine is remote` };
  const networks = Object.values(container.NetworkSettings.Networks);
  const address = networks.map((network) => network.IPAddress).find((ip) => ip !== '' && ip !== undefined);
  return address === undefined
    ? { kind: 'none', why: `the container has no address and port ${String(port)} is not published` }
    : { kind: 'ask', host: address, port };
}

/** Whether the settings of a container publish the port, running or not. */
export function publishes(container: Pick<ContainerInspectInfo, 'HostConfig'>, port: number): boolean {
  const { NetworkMode, PortBindings, PublishAllPorts } = container.HostConfig;
  const bindings: unknown = (PortBindings as Record<string, unknown> | null)?.[`${String(port)}/tcp`];
  return NetworkMode === 'host' || PublishAllPorts === true || (Array.isArray(bindings) && bindings.length > 0);
}

interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

function publishedPort(container: HealthQuestion['container'], port: number): Binding | null {
  const ports: Record<string, Binding[] | null> = container.NetworkSettings.Ports;
  const bindings = ports[`${String(port)}/tcp`] ?? [];
  return bindings.find(({ HostIp }) => !HostIp.includes(':')) ?? bindings[0] ?? null;
}

function atPublishedPort({ HostIp, HostPort }: Binding, endpoint: HealthQuestion['endpoint']): HealthAddress {
  const port = Number(HostPort);
  const isAny = HostIp === '' || HostIp === '0.0.0.0' || HostIp === '::';
  const isLoopback = HostIp.startsWith('127.') || HostIp === '::1';
  if (endpoint.isLocal) return { kind: 'ask', host: isAny ? '127.0.0.1' : HostIp, port };
  if (isLoopback || endpoint.hostName === null) {
    const why = `it is published only on ${HostIp}:${HostPort} of the engine's machine, which cannot be reached from here`;
    return { kind: 'none', why };
  }
  return { kind: 'ask', host: isAny ? endpoint.hostName : HostIp, port };
}
