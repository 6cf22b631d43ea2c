import type { Upkeep } from '../../src/ports/upkeep.ts';

function unexpected(what: string): () => Promise<never> {
  return () => Promise.reject(new Error(`upkeep.${what} was not expected`));
}

/** For what never cares for the engine. */
export const unexpectedUpkeep: Upkeep = {
  share: unexpected('share'),
  takeAlone: unexpected('takeAlone'),
  prune: unexpected('prune'),
  cacheBytes: unexpected('cacheBytes'),
  removeImagesOn: unexpected('removeImagesOn'),
  awaitAnswer: unexpected('awaitAnswer'),
  resources: unexpected('resources'),
};
