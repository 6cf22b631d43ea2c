import type Dockerode from 'dockerode';
import { withoutOwnLabels } from './container-labels.ts';
import type { FullConfig } from './container-spec.ts';

/**
 * The settings that a person gave a container: what differs from the image it was made from. A container's
 * configuration holds the image's defaults too (the engine merges them in when it makes it), and those must come from
 * the new image.
 */
export function ownSettings(
  container: FullConfig,
  image: FullConfig,
  generatedHostname: string,
): Dockerode.ContainerCreateOptions {
  const differing = (key: keyof FullConfig) => !isSame(container[key], image[key]);
  return {
    ...(isSet(container.Hostname) && container.Hostname !== generatedHostname ? { Hostname: container.Hostname } : {}),
    ...(isSet(container.Domainname) ? { Domainname: container.Domainname } : {}),
    ...(isSet(container.MacAddress) ? { MacAddress: container.MacAddress } : {}),
    ...(differing('User') && isSet(container.User) ? { User: container.User } : {}),
    ...(differing('WorkingDir') && isSet(container.WorkingDir) ? { WorkingDir: container.WorkingDir } : {}),
    ...(differing('StopSignal') && isSet(container.StopSignal) ? { StopSignal: container.StopSignal } : {}),
    ...(differing('Healthcheck') && container.Healthcheck ? { Healthcheck: container.Healthcheck } : {}),
    ...(differing('Shell') && container.Shell ? { Shell: [...container.Shell] } : {}),
    ...(typeof container.StopTimeout === 'number' ? { StopTimeout: container.StopTimeout } : {}),
    ...command(container, image),
    Tty: container.Tty === true,
    OpenStdin: container.OpenStdin === true,
    StdinOnce: container.StdinOnce === true,
    Env: without(container.Env, image.Env),
    Labels: withoutOwnLabels(keysBeside(container.Labels, image.Labels)),
    ExposedPorts: keysBeside(container.ExposedPorts, image.ExposedPorts),
    Volumes: keysBeside(container.Volumes, image.Volumes),
  };
}

/**
 * An entrypoint of its own takes the command with it, since the engine drops the image's command then. An entrypoint
 * that was emptied is written as one empty word, as the docker client does: an empty list would mean the image's.
 */
function command(container: FullConfig, image: FullConfig): Dockerode.ContainerCreateOptions {
  const entrypoint = words(container.Entrypoint);
  const cmd = words(container.Cmd);
  if (!isSame(entrypoint, words(image.Entrypoint))) {
    const given = entrypoint.length === 0 ? [''] : entrypoint;
    return cmd.length === 0 ? { Entrypoint: given } : { Entrypoint: given, Cmd: cmd };
  }
  return isSame(cmd, words(image.Cmd)) || cmd.length === 0 ? {} : { Cmd: cmd };
}

function words(value: FullConfig['Entrypoint']): string[] {
  if (value === undefined || value === null) return [];
  return typeof value === 'string' ? [value] : [...value];
}

function without(values: readonly string[] | null | undefined, known: readonly string[] | null | undefined): string[] {
  const defaults = new Set(known);
  return (values ?? []).filter((value) => !defaults.has(value));
}

function keysBeside<T>(
  record: Readonly<Record<string, T>> | null | undefined,
  known: Readonly<Record<string, T>> | null | undefined,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([key, value]) => !isSame(value, known?.[key])));
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
}
