import { describe, expect, it } from 'vitest';
import { RegistryError } from '../../src/errors/xgen-error.ts';
import { readNumbers, requireWritable } from '../../src/pipeline/check-registry.ts';
import { clientOf, createRegistry, IMAGE, planOf, setTag } from './push-world.ts';

const { signal } = new AbortController();

describe('the check of the registry', () => {
  it('logs in, asks for the right to push and reads the numbers, without writing a tag', async () => {
    const world = createRegistry();
    for (const tag of ['b41-amd64', 'b7-arm64', 'latest-amd64']) setTag(world, tag, world.store(IMAGE));
    const steps: string[] = [];
    world.before = (step) => steps.push(step);
    const client = clientOf(world, () => Promise.resolve());
    const check = { plan: planOf({}), client, signal };
    expect(await readNumbers(check)).toEqual({
      tags: ['b41-amd64', 'b7-arm64', 'latest-amd64'],
      highest: 41,
    });
    await requireWritable(check);
    expect(steps).toEqual(['PING', 'LIST', 'POST']);
  });

  it('finds out before the build that the registry may not be written to', async () => {
    const refused = new RegistryError({ code: 'REGISTRY_WRITE_REFUSED', message: 'read-only' });
    const client = {
      ...clientOf(createRegistry(), () => Promise.resolve()),
      checkWritable: () => Promise.reject(refused),
    };
    await expect(requireWritable({ plan: planOf({}), client, signal })).rejects.toBe(refused);
  });

  it('refuses a --tag that would move the tag of a number', async () => {
    const plan = planOf({});
    const moving = { ...plan, image: { ...plan.image, movingTag: 'b42-amd64' } };
    const client = clientOf(createRegistry(), () => Promise.resolve());
    await expect(readNumbers({ plan: moving, client, signal })).rejects.toMatchObject({
      code: 'NAME_REFUSED',
      exitCode: 2,
    });
  });
});
