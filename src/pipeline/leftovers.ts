import { buildOfLocalTag } from './build-input.ts';
import type { StageContext } from './context.ts';

/**
 * Lets go of images that killed builds left in the engine. A build that this state does not know may be another
 * machine's and counts as alive. What cannot be removed now is left for the next run: no build fails for it.
 */
export async function removeLeftovers({ ports, build }: StageContext): Promise<void> {
  try {
    await ports.builder.removeLeftovers(async (localTag) => {
      const id = buildOfLocalTag(localTag);
      if (id === null || id === build.id) return true;
      const [known] = await ports.store.find({ id, limit: 1 });
      return known === undefined || (known.status === 'running' && (await ports.store.isAlive(id)));
    });
  } catch (error) {
    ports.logger.warn({ error }, 'images of earlier builds could not be looked at');
  }
}
