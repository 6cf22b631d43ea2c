import type Dockerode from 'dockerode';

type Inspected = Pick<Dockerode.ContainerInspectInfo, 'HostConfig' | 'Mounts'>;

export interface OwnMounts {
  readonly Binds: string[];
  readonly Mounts: Dockerode.MountSettings[];
}

/**
 * The mounts of a container so that another one gets the same data. Anonymous volumes are in no setting, only among
 * what is mounted: they are bound by their generated names.
 */
export function ownMounts(container: Inspected): OwnMounts {
  const volumes = container.Mounts.filter(({ Type, Name }) => Type === 'volume' && Name !== undefined);
  const nameAt = new Map(volumes.map(({ Destination, Name }) => [Destination, Name ?? '']));
  const binds = container.HostConfig.Binds ?? [];
  const mounts = (container.HostConfig.Mounts ?? []).map((mount) => named(mount, nameAt));
  const covered = new Set([...binds.map(destinationOf), ...mounts.map(({ Target }) => Target)]);
  const anonymous = volumes.filter(({ Destination }) => !covered.has(Destination));
  return {
    Binds: [
      ...binds,
      ...anonymous.map(({ Name, Destination, RW }) => `${Name ?? ''}:${Destination}${RW ? '' : ':ro'}`),
    ],
    Mounts: mounts,
  };
}

/** The paths that hold a volume or folder of the old container: the new one makes no volume of its own there. */
export function mountedPaths(mounts: OwnMounts): ReadonlySet<string> {
  return new Set([...mounts.Binds.map(destinationOf), ...mounts.Mounts.map(({ Target }) => Target)]);
}

function named(mount: Dockerode.MountSettings, nameAt: ReadonlyMap<string, string>): Dockerode.MountSettings {
  const isAnonymous = mount.Type === 'volume' && (mount.Source === undefined || mount.Source === '');
  const name = nameAt.get(mount.Target);
  return isAnonymous && name !== undefined ? { ...mount, Source: name } : mount;
}

/** `source:destination[:mode]`: a source is a path or a volume's name, neither of which holds a colon. */
function destinationOf(bind: string): string {
  return bind.split(':')[1] ?? bind;
}
