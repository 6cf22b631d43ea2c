import type Dockerode from 'dockerode';
import { fullConfig, type ContainerSpec } from './container-spec.ts';
import { changeEngine, readEngine, unless } from './engine-calls.ts';
import type { Place } from './place.ts';

const STOP_GRACE_S = 10;
const STOP_MARGIN_MS = 30_000;
/** 128 and the number of SIGKILL. */
const KILLED = 137;

/** Everything about a container; null where it is not there. */
export async function inspectContainer(
  place: Place,
  id: string,
  signal: AbortSignal,
): Promise<Dockerode.ContainerInspectInfo | null> {
  return unless(
    [404],
    readEngine(place, signal, async (abortSignal) => place.docker.getContainer(id).inspect({ abortSignal })),
  );
}

/** Makes a container and joins its networks; does not start it. Resolves to its id. */
export async function createContainer(place: Place, spec: ContainerSpec): Promise<string> {
  const what = `make the container ${spec.create.name ?? ''}`;
  const container = await changeEngine(place, { what }, async () => place.docker.createContainer(spec.create));
  for (const { network, endpoint } of spec.connect) {
    await changeEngine(place, { what: `join the network ${network}` }, async () =>
      place.docker.getNetwork(network).connect({ Container: container.id, EndpointConfig: endpoint }),
    );
  }
  return container.id;
}

/** Starts a container; one that runs already is left as it is. */
export async function startContainer(place: Place, id: string, name: string): Promise<void> {
  await unless(
    [304],
    changeEngine(place, { what: `start ${name}` }, async () => place.docker.getContainer(id).start()),
  );
}

/**
 * Stops a container within its own stop timeout (10 s by default); one that does not run is left as it is. Resolves to
 * true where it did not end by itself in that time, and the engine killed it.
 */
export async function stopContainer(place: Place, id: string, name: string): Promise<boolean> {
  const container = await inspectContainer(place, id, AbortSignal.timeout(STOP_MARGIN_MS));
  if (container === null || !container.State.Running) return false;
  const limitMs = stopSeconds(container) * 1000 + STOP_MARGIN_MS;
  const { StopSignal = 'SIGTERM' } = container.Config as { StopSignal?: string };
  await unless(
    [304, 404],
    changeEngine(place, { what: `stop ${name}`, limitMs }, async () => place.docker.getContainer(id).stop()),
  );
  const stopped = await inspectContainer(place, id, AbortSignal.timeout(STOP_MARGIN_MS));
  return stopped?.State.ExitCode === KILLED && !/^(?:SIG)?KILL$|^9$/.test(StopSignal);
}

/** How long the engine waits for a container's end before it kills it. */
export function stopSeconds(container: Dockerode.ContainerInspectInfo): number {
  return fullConfig(container.Config).StopTimeout ?? STOP_GRACE_S;
}

/**
 * Removes a container that is not there any more too. `withVolumes`: its anonymous volumes go with it; those that were
 * bound by name stay in any case.
 */
export async function removeContainer(
  place: Place,
  container: { readonly id: string; readonly name: string; readonly withVolumes: boolean },
): Promise<void> {
  const { id, name, withVolumes } = container;
  await unless(
    [404, 409],
    changeEngine(place, { what: `remove ${name}` }, async () =>
      place.docker.getContainer(id).remove({ force: true, v: withVolumes }),
    ),
  );
}

export async function renameContainer(place: Place, id: string, name: string): Promise<void> {
  await changeEngine(place, { what: `name the container ${name}` }, async () =>
    place.docker.getContainer(id).rename({ name }),
  );
}

export async function setRestartPolicy(place: Place, id: string, policy: Dockerode.HostRestartPolicy): Promise<void> {
  await changeEngine(place, { what: 'set the restart policy' }, async () =>
    place.docker.getContainer(id).update({ RestartPolicy: policy }),
  );
}
