import type Dockerode from 'dockerode';
import { COMPOSE } from './container-labels.ts';
import { fullConfig, NO_RESTART, type ContainerSpec, type FullConfig } from './container-spec.ts';
import { mountedPaths, ownMounts } from './own-mounts.ts';
import { givenLinks, ownNetworks } from './own-networks.ts';
import { ownSettings } from './own-settings.ts';

export interface Replacement {
  readonly name: string;
  readonly old: Dockerode.ContainerInspectInfo;
  /** Configuration of the image that the old container was made from. */
  readonly oldImage: FullConfig;
  /** `host/path@sha256:…` */
  readonly reference: string;
  readonly newImageId: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A container with the new image and the old one's settings. */
export function replacementSpec(replacement: Replacement): ContainerSpec {
  const { old, oldImage } = replacement;
  const settings = ownSettings(fullConfig(old.Config), oldImage, old.Id.slice(0, 12));
  const mounts = ownMounts(old);
  const networks = ownNetworks(old);
  const mounted = mountedPaths(mounts);
  const volumes = Object.entries(settings.Volumes ?? {}).filter(([path]) => !mounted.has(path));
  const { ContainerIDFile: _, ...host } = old.HostConfig;
  return {
    create: {
      ...settings,
      name: replacement.name,
      Image: replacement.reference,
      Volumes: Object.fromEntries(volumes),
      Labels: { ...settings.Labels, ...composeImage(settings.Labels, replacement), ...replacement.labels },
      HostConfig: {
        ...host,
        ...mounts,
        Links: givenLinks(old.HostConfig.Links as readonly string[] | null),
        NetworkMode: networks.mode,
        RestartPolicy: NO_RESTART,
      },
      NetworkingConfig: { EndpointsConfig: { ...networks.first } },
      ...(networks.mode.startsWith('container:') ? { Hostname: '', ExposedPorts: {} } : {}),
    },
    connect: networks.others,
    restart: old.HostConfig.RestartPolicy ?? NO_RESTART,
  };
}

/** Compose notes which image a container was made from, and makes it anew where that is not so. */
function composeImage(labels: Readonly<Record<string, string>> | undefined, { newImageId }: Replacement) {
  return labels?.[COMPOSE.image] === undefined ? {} : { [COMPOSE.image]: newImageId };
}
