import type { OwnLab } from '../../test/lab/lab.ts';

/**
 * Takes out of somebody else's engine what the demo brought: its containers, their networks, and the images that are
 * named by its registries. All of them have names that nothing else can have. BuildKit's cache stays.
 */
export async function removeFromEngine(lab: OwnLab): Promise<void> {
  const hosts = Object.values(lab.registries).map(({ host }) => `${host}/`);
  const isOurs = (name: string): boolean => hosts.some((host) => name.startsWith(host));
  const containers = (await lab.engine.api('GET', '/containers/json?all=1')) as {
    Id: string;
    Image: string;
    NetworkSettings: { Networks: Record<string, unknown> };
  }[];
  const networks = new Set<string>();
  for (const { Id, Image, NetworkSettings } of containers.filter((container) => isOurs(container.Image))) {
    for (const network of Object.keys(NetworkSettings.Networks))
      if (/^xgen-[0-9a-f]{8}-/.test(network)) networks.add(network);
    await attempt(lab, `/containers/${Id}?force=1&v=1`, Image);
  }
  for (const network of networks) await attempt(lab, `/networks/${network}`, network);
  const images = (await lab.engine.api('GET', '/images/json')) as {
    RepoTags: string[] | null;
    RepoDigests: string[] | null;
  }[];
  const names = images.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
  for (const name of names.filter(isOurs)) await attempt(lab, `/images/${name}`, name);
}

/** One that cannot be removed is named, and the others are removed all the same. */
async function attempt(lab: OwnLab, path: string, name: string): Promise<void> {
  await lab.engine.api('DELETE', path).catch((error: unknown) => {
    if (!String(error).includes(' 404 ')) process.stderr.write(`still in the engine: ${name}: ${String(error)}\n`);
  });
}
