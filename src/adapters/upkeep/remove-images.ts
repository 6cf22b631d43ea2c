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
  readonly layers: readonly string[];
}

/**
 * A layer stays in the engine, damaged as it is, while any image has it: a pull then says that all is there. So all
 * images go that were built on the bases, and the bases that were there come back by a pull.
 */
export async function removeImagesOn(
  engine: Engine,
  bases: readonly Base[],
  signal: AbortSignal,
): Promise<RemovedImages> {
  const known = await Promise.all(bases.map(({ image }) => inspect(engine, image, signal)));
  // An engine that has no image of the name may have its layers all the same: the pull makes them known.
  for (const [index, base] of bases.entries()) if (known[index] === null) await pull(engine, base, signal);
  const found = await Promise.all(bases.map(({ image }) => inspect(engine, image, signal)));
  const layers = found.flatMap((image) => (image === null ? [] : [image.layers]));
  const { remove, kept } = choose({
    layers,
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

/** Which images on these layers may go: those that no container uses and that can be had again. */
export function choose(state: {
  readonly layers: readonly (readonly string[])[];
  readonly images: readonly LayeredImage[];
  /** Ids that containers use. */
  readonly used: ReadonlySet<string>;
}): { remove: readonly LayeredImage[]; kept: { image: string; why: string }[] } {
  const on = state.images.filter((image) => state.layers.some((base) => startsWith(image.layers, base)));
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

function startsWith(layers: readonly string[], base: readonly string[]): boolean {
  return base.length > 0 && base.every((layer, index) => layers[index] === layer);
}

async function inspect(engine: Engine, name: string, signal: AbortSignal): Promise<LayeredImage | null> {
  const answer = await callEngine(engine, { method: 'GET', path: `/images/${name}/json`, signal });
  const { Id: id, RepoTags: tags, RepoDigests: digests, RootFS: root } = recordOf(answer.body);
  if (answer.status !== 200) return null;
  const names = [...stringsOf(tags), ...stringsOf(digests)];
  return {
    id: stringOf(id),
    names,
    isPulled: stringsOf(digests).length > 0,
    layers: stringsOf(recordOf(root)['Layers']),
  };
}

async function listImages(engine: Engine, signal: AbortSignal): Promise<readonly LayeredImage[]> {
  const answer = await callEngine(engine, { method: 'GET', path: '/images/json', signal });
  const ids = Array.isArray(answer.body) ? answer.body.map((image) => stringOf(recordOf(image)['Id'])) : [];
  const images = await Promise.all(ids.map(async (id) => inspect(engine, id, signal)));
  return images.filter((image) => image !== null);
}

async function usedImages(engine: Engine, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const answer = await callEngine(engine, { method: 'GET', path: '/containers/json?all=1', signal });
  const containers = Array.isArray(answer.body) ? answer.body : [];
  return new Set(containers.map((container) => stringOf(recordOf(container)['ImageID'])));
}
