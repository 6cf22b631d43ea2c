import type { Login } from '../../ports/credentials.ts';
import type { RemovedImages } from '../../ports/upkeep.ts';
import { callEngine, messageInAnswer, recordOf, stringOf, stringsOf } from '../engine/call.ts';
import { registryAuth } from '../engine/images.ts';
import type { Engine } from '../engine/open-engine.ts';

const PULL_LIMIT_MS = 15 * 60_000;

interface Base {
  readonly image: string;
  readonly login: Login | null;
}

/** An image as its layers tell it. */
export interface LayeredImage {
  readonly id: string;
  readonly names: readonly string[];
  /** True where a registry has it, as far as the engine knows. */
  readonly isPulled: boolean;
  readonly layers: Layers | 'damaged';
}

type Layers = readonly string[];

/**
 * A layer stays in the engine, damaged as it is, while any image has it: a pull then says that all is there. So all
 * images go that were built on the bases, and the bases that were there come back by a pull.
 */
export async function removeImagesOn(
  engine: Engine,
  bases: readonly Base[],
  signal: AbortSignal,
): Promise<RemovedImages> {
  // An engine that has no image of the name may have its layers all the same: the pull makes them known.
  for (const base of bases) if ((await layersOf(engine, base.image, signal)) === null) await pull(engine, base, signal);
  const layers = await Promise.all(bases.map(({ image }) => layersOf(engine, image, signal)));
  const { remove, kept } = choose({
    bases: layers.filter(isReadable),
    images: await listImages(engine, signal),
    used: await usedImages(engine, signal),
  });
  const removed: string[] = [];
  for (const image of remove) {
    const path = `/images/${image.id}?force=1`;
    const answer = await callEngine(engine, { method: 'DELETE', path, signal });
    const name = image.names[0] ?? image.id;
    if (answer.status < 300) removed.push(name);
    else if (answer.status !== 404) kept.push({ image: name, why: messageInAnswer(answer) });
  }
  return { removed, kept };
}

/** Brings images back that were in the engine by name before. */
export async function pull(engine: Engine, { image, login }: Base, signal: AbortSignal): Promise<void> {
  const path = `/images/create?fromImage=${encodeURIComponent(image)}`;
  const headers = { 'X-Registry-Auth': registryAuth(login, image.split('/')[0] ?? '') };
  await callEngine(engine, { method: 'POST', path, headers, signal }, PULL_LIMIT_MS);
}

/** Which images are damaged or stand on these bases, and may go: no container uses them, and they can be had again. */
export function choose(state: {
  readonly bases: readonly Layers[];
  readonly images: readonly LayeredImage[];
  /** Ids that containers use. */
  readonly used: ReadonlySet<string>;
}): { remove: readonly LayeredImage[]; kept: { image: string; why: string }[] } {
  const on = state.images.filter(
    ({ layers }) => !isReadable(layers) || state.bases.some((base) => startsWith(layers, base)),
  );
  const whyKept = ({ id, names, isPulled }: LayeredImage): string | null => {
    if (state.used.has(id)) return 'a container uses it';
    return isPulled || names.length === 0 ? null : 'no registry is known to have it';
  };
  const kept = on.flatMap((image) => {
    const why = whyKept(image);
    return why === null ? [] : [{ image: image.names[0] ?? image.id, why }];
  });
  return { remove: on.filter((image) => whyKept(image) === null), kept };
}

function startsWith(layers: Layers, base: Layers): boolean {
  return base.length > 0 && base.every((layer, index) => layers[index] === layer);
}

function isReadable(layers: Layers | 'damaged' | null): layers is Layers {
  return Array.isArray(layers);
}

/** Null where there is no such image. An engine that cannot even show it has lost a part of it (measured). */
async function layersOf(engine: Engine, name: string, signal: AbortSignal): Promise<Layers | 'damaged' | null> {
  const answer = await callEngine(engine, { method: 'GET', path: `/images/${name}/json`, signal });
  if (answer.status === 404) return null;
  return answer.status === 200 ? stringsOf(recordOf(recordOf(answer.body)['RootFS'])['Layers']) : 'damaged';
}

async function listImages(engine: Engine, signal: AbortSignal): Promise<readonly LayeredImage[]> {
  const answer = await callEngine(engine, { method: 'GET', path: '/images/json', signal });
  const images = Array.isArray(answer.body) ? answer.body.map(recordOf) : [];
  return Promise.all(
    images.map(async ({ Id: id, RepoTags: tags, RepoDigests: digests }) => ({
      id: stringOf(id),
      names: stringsOf(tags).filter((tag) => tag !== '<none>:<none>'),
      isPulled: stringsOf(digests).some((digest) => digest !== '<none>@<none>'),
      layers: (await layersOf(engine, stringOf(id), signal)) ?? [],
    })),
  );
}

async function usedImages(engine: Engine, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const answer = await callEngine(engine, { method: 'GET', path: '/containers/json?all=1', signal });
  const containers = Array.isArray(answer.body) ? answer.body : [];
  return new Set(containers.map((container) => stringOf(recordOf(container)['ImageID'])));
}
