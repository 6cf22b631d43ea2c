import type { TargetPlan } from '../../ports/target.ts';
import { COMPOSE } from './container-labels.ts';
import { NO_RESTART, type ContainerSpec } from './container-spec.ts';

/** The network that compose itself makes for a project, with the labels by which compose knows it. */
export function projectNetwork(target: TargetPlan): { readonly name: string; readonly labels: Record<string, string> } {
  const { project } = target.docker;
  return {
    name: `${project}_default`,
    labels: { [COMPOSE.project]: project, 'com.docker.compose.network': 'default' },
  };
}

/** A container where there is none yet, as compose would make it, so that `docker compose ps` shows it. */
export function newContainerSpec(
  target: TargetPlan,
  made: { readonly name: string; readonly reference: string; readonly labels: Readonly<Record<string, string>> },
): ContainerSpec {
  const network = projectNetwork(target).name;
  const port = `${String(target.health.port)}/tcp`;
  const published = target.docker.publish === null ? null : parsePublish(target.docker.publish);
  return {
    create: {
      name: made.name,
      Image: made.reference,
      ExposedPorts: { [port]: {} },
      Labels: { ...composeLabels(target), ...made.labels },
      HostConfig: {
        NetworkMode: network,
        RestartPolicy: NO_RESTART,
        ...(published === null ? {} : { PortBindings: { [port]: [published] } }),
      },
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [target.deployment] } } },
    },
    connect: [],
    restart: { Name: 'unless-stopped' },
  };
}

/** `18000`, `127.0.0.1:18000` or `[::1]:18000`; an address of the engine's machine before the port, or all of them. */
export function parsePublish(text: string): { readonly HostIp: string; readonly HostPort: string } {
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? '' : text.slice(0, colon);
  return { HostIp: host.replace(/^\[(?<inner>.*)\]$/, '$<inner>'), HostPort: text.slice(colon + 1) };
}

/** `docker compose ps` shows only what has a config-hash; this one is nobody's, so `compose up` makes it its own. */
function composeLabels(target: TargetPlan): Record<string, string> {
  return {
    [COMPOSE.project]: target.docker.project,
    [COMPOSE.service]: target.deployment,
    [COMPOSE.oneOff]: 'False',
    'com.docker.compose.container-number': '1',
    'com.docker.compose.config-hash': 'xgen-build',
  };
}
