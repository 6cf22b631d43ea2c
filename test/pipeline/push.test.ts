import { describe, expect, it } from 'vitest';
import { AbortReason } from '../../src/errors/abort-reason.ts';
import type { BuiltImage } from '../../src/ports/builder.ts';
import { push } from '../../src/pipeline/push.ts';
import {
  createRegistry,
  IMAGE,
  MOVING,
  orderOf,
  setTag,
  sha256,
  type OrderOptions,
  type TestImage,
  type WorldRegistry,
} from './push-world.ts';

/** Runs `change` once: before the request of that name, or the n-th one (`['HEAD b1-amd64', 2]`). */
function onStep(world: WorldRegistry, which: string | readonly [string, number], change: () => void): void {
  const [name, nth] = typeof which === 'string' ? [which, 1] : which;
  let count = 0;
  world.before = (step) => {
    if (step !== name) return;
    count += 1;
    if (count === nth) change();
  };
}

function stepsOf(world: WorldRegistry): string[] {
  const steps: string[] = [];
  world.before = (step) => steps.push(step);
  return steps;
}

const THEIRS = { content: 'theirs', fingerprint: 'f-theirs' };

describe('defect 8: the moving tag moves last', () => {
  it('pushes the number, asks for every blob, and only then moves the tag', async () => {
    const world = createRegistry();
    const steps = stepsOf(world);
    const result = await push(orderOf({ world, number: 42 }));
    const important = steps.filter((step) => /^(?:PUBLISH|PUT|BLOB)/.test(step));
    expect(important).toEqual(['PUBLISH b42-amd64', 'BLOB', 'BLOB', `PUT ${MOVING}`]);
    expect(world.tags).toEqual(
      new Map([
        ['b42-amd64', result.digest],
        [MOVING, result.digest],
      ]),
    );
  });

  it('leaves the moving tag alone where a blob is missing after the push, and names the blob', async () => {
    const world = createRegistry();
    setTag(world, 'b41-amd64', world.store(THEIRS));
    setTag(world, MOVING, world.store(THEIRS));
    const lost = sha256('layer of ours');
    onStep(world, 'BLOB', () => world.blobs.delete(lost));
    await expect(push(orderOf({ world, number: 42 }))).rejects.toMatchObject({
      code: 'PUSH_UNVERIFIED',
      message: expect.stringContaining(lost),
    });
    expect(world.tags.get(MOVING)).toBe(world.tags.get('b41-amd64'));
  });

  it('leaves the moving tag alone where the number is not there after the push', async () => {
    const world = createRegistry();
    onStep(world, ['HEAD b42-amd64', 2], () => world.tags.delete('b42-amd64'));
    await expect(push(orderOf({ world, number: 42 }))).rejects.toMatchObject({ code: 'PUSH_UNVERIFIED' });
    expect(world.tags.has(MOVING)).toBe(false);
  });
});

describe('the result of a push', () => {
  it('says what was pushed, under which names, and what the moving tag held before', async () => {
    const world = createRegistry();
    const before = world.store(THEIRS);
    setTag(world, 'b41-amd64', before);
    setTag(world, MOVING, before);
    const result = await push(orderOf({ world, number: 42 }));
    expect(result).toMatchObject({
      number: 42,
      image: { host: 'registry.example', path: 'xgen/main/xgen-core', tag: MOVING },
      buildImage: { tag: 'b42-amd64' },
      movingTag: { status: 'moved' },
      layersPushed: 1,
      layersTotal: 2,
      bytesPushed: 3_000_000,
      adopted: false,
      previous: { number: 41, digest: before },
    });
    expect(world.blobs.has(result.configDigest)).toBe(true);
  });

  it('does not write the moving tag where an unchanged build gave the same digest', async () => {
    const world = createRegistry();
    const same = world.store(IMAGE);
    setTag(world, 'b41-amd64', same);
    setTag(world, MOVING, same);
    const result = await push(orderOf({ world, number: 42 }));
    expect(result).toMatchObject({ number: 42, digest: same, previous: { number: 41 } });
    expect(world.writes.filter(({ tag }) => tag === MOVING)).toHaveLength(1);
  });

  it('knows no number of an image that was put under the moving tag by hand', async () => {
    const world = createRegistry();
    const foreign = world.store({ content: 'by hand', fingerprint: null });
    setTag(world, MOVING, foreign);
    expect((await push(orderOf({ world, number: 1 }))).previous).toEqual({ number: null, digest: foreign });
  });

  it('shows how far the push is', async () => {
    const order = orderOf({ world: createRegistry(), number: 42 });
    await push(order);
    const details = order.events.flatMap((event) => (event.kind === 'stage-progress' ? [event.detail] : []));
    expect(details).toContain('b42-amd64: 1.5 MB of 3.0 MB');
  });
});

describe('defect 3: a number is never taken from another build', () => {
  it('draws the next number where the number exists, of any architecture', async () => {
    for (const taken of ['b42-amd64', 'b42-arm64']) {
      const world = createRegistry();
      const theirs = world.store(THEIRS);
      setTag(world, taken, theirs);
      const order = orderOf({ world, number: 42 });
      expect(await push(order)).toMatchObject({ number: 43, adopted: false });
      expect(world.tags.get(taken)).toBe(theirs);
      expect(order.warnings()).toEqual(['b42 belongs to another build; this one is b43']);
      expect(order.events).toContainEqual({ kind: 'number-drawn', number: 43 });
    }
  });

  it('draws above everything that came to the registry while it built', async () => {
    const world = createRegistry();
    for (const tag of ['b42-amd64', 'b57-amd64']) setTag(world, tag, world.store(THEIRS));
    expect(await push(orderOf({ world, number: 42 }))).toMatchObject({ number: 58 });
  });

  it('does not adopt an image of the same content that another build pushed', async () => {
    const world = createRegistry();
    setTag(world, 'b42-amd64', world.store(IMAGE));
    expect(await push(orderOf({ world, number: 42 }))).toMatchObject({ number: 43, adopted: false });
  });

  it('ends with NUMBER_TAKEN where an explicit number was taken meanwhile', async () => {
    const world = createRegistry();
    setTag(world, 'b42-amd64', world.store(THEIRS));
    const pushing = push(orderOf({ world, number: 42, explicit: 42 }));
    await expect(pushing).rejects.toMatchObject({ code: 'NUMBER_TAKEN', exitCode: 2 });
    expect(world.writes).toHaveLength(1);
  });

  it('steps aside where another image is at the number right after the push', async () => {
    const world = createRegistry();
    const theirs = world.store(THEIRS);
    onStep(world, ['HEAD b42-amd64', 2], () => setTag(world, 'b42-amd64', theirs));
    const result = await push(orderOf({ world, number: 42 }));
    expect(result.number).toBe(43);
    expect(world.tags.get('b42-amd64')).toBe(theirs);
    expect(world.tags.get('b43-amd64')).toBe(result.digest);
    expect(world.writes.map(({ tag }) => tag)).toEqual(['b42-amd64', 'b42-amd64', 'b43-amd64', MOVING]);
  });

  it('puts back an image that was finished under the number while this one was uploaded', async () => {
    const world = createRegistry();
    const theirs = world.store(THEIRS);
    onStep(world, 'PUBLISH b42-amd64', () => {
      setTag(world, 'b42-amd64', theirs);
      setTag(world, MOVING, theirs);
    });
    const order = orderOf({ world, number: 42 });
    const result = await push(order);
    expect(world.tags).toEqual(
      new Map([
        ['b42-amd64', theirs],
        ['b43-amd64', result.digest],
        [MOVING, result.digest],
      ]),
    );
    expect(result.number).toBe(43);
    expect(order.warnings()[0]).toContain('is back');
  });

  it('gives up the upload where another build takes the number meanwhile, before it goes over it', async () => {
    const world = createRegistry();
    const theirs = world.store(THEIRS);
    const order = orderOf({ world, number: 42 });
    const uploads: string[] = [];
    const publish: BuiltImage['publish'] = async (reference, login, observer) => {
      uploads.push(reference.tag ?? '');
      if (uploads.length === 1) {
        setTag(world, 'b42-amd64', theirs);
        await new Promise((_, reject) => {
          observer.signal.addEventListener('abort', () => reject(new Error('the connection broke')));
        });
      }
      return order.image.publish(reference, login, observer);
    };
    const result = await push({ ...order, image: { ...order.image, publish } });
    expect(uploads).toEqual(['b42-amd64', 'b43-amd64']);
    expect(world.writes.map(({ tag }) => tag)).toEqual(['b42-amd64', 'b43-amd64', MOVING]);
    expect(result.number).toBe(43);
  });

  it('does not take its own image for another one, which is there before the upload says so', async () => {
    const world = createRegistry();
    const order = orderOf({ world, number: 42 });
    const publish: BuiltImage['publish'] = async (reference, login, observer) => {
      const published = await order.image.publish(reference, login, observer);
      for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
      observer.signal.throwIfAborted();
      return published;
    };
    expect(await push({ ...order, image: { ...order.image, publish } })).toMatchObject({ number: 42 });
    expect(order.warnings()).toEqual([]);
  });

  it('puts back an image that it saw under the number, and that the upload went over all the same', async () => {
    const world = createRegistry();
    const theirs = world.store(THEIRS);
    const order = orderOf({ world, number: 42 });
    const publish: BuiltImage['publish'] = async (reference, login, observer) => {
      if (reference.tag === 'b42-amd64') {
        setTag(world, 'b42-amd64', theirs);
        for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
      }
      const { signal } = new AbortController();
      return order.image.publish(reference, login, { ...observer, signal });
    };
    const result = await push({ ...order, image: { ...order.image, publish } });
    expect(result.number).toBe(43);
    expect(world.tags.get('b42-amd64')).toBe(theirs);
    expect(order.warnings()[0]).toContain('is back');
  });

  it('reports what broke the upload where nobody took the number', async () => {
    const order = orderOf({ world: createRegistry(), number: 42 });
    const broken = new Error('unexpected EOF');
    await expect(push({ ...order, image: { ...order.image, publish: () => Promise.reject(broken) } })).rejects.toBe(
      broken,
    );
  });

  it('keeps its number where the moving tag was set by hand meanwhile', async () => {
    const world = createRegistry();
    const foreign = world.store({ content: 'by hand', fingerprint: null });
    onStep(world, 'PUBLISH b42-amd64', () => setTag(world, MOVING, foreign));
    expect(await push(orderOf({ world, number: 42 }))).toMatchObject({ number: 42 });
  });

  it('notices at the very end that its number was written over, and takes the next', async () => {
    const world = createRegistry();
    const theirs = world.store(THEIRS);
    onStep(world, `PUT ${MOVING}`, () => setTag(world, 'b42-amd64', theirs));
    const result = await push(orderOf({ world, number: 42 }));
    expect(result.number).toBe(43);
    expect(world.tags.get('b42-amd64')).toBe(theirs);
    expect(world.tags.get('b43-amd64')).toBe(result.digest);
  });

  it('gives up after many lost races, and says what to do', async () => {
    const world = createRegistry();
    const theirs = world.store(THEIRS);
    world.before = (step) => {
      const tag = /^HEAD (b\d+-amd64)$/.exec(step)?.[1];
      if (tag !== undefined && world.tags.has(tag)) world.tags.set(tag, theirs);
    };
    await expect(push(orderOf({ world, number: 42 }))).rejects.toMatchObject({
      code: 'TAG_CONTESTED',
      hint: expect.stringContaining('XGEN_DATABASE_URL'),
    });
  });
});

describe('a build that was taken over after a crash', () => {
  const takenOver = { attempt: 2 };

  it('adopts the image that it pushed before', async () => {
    const world = createRegistry();
    const before = world.store({ ...IMAGE, content: 'the same, built at another time' });
    setTag(world, 'b42-amd64', before);
    const result = await push(orderOf({ world, number: 42, build: takenOver }));
    expect(result).toMatchObject({ number: 42, digest: before, adopted: true, layersPushed: 0, previous: null });
    expect(world.tags.get(MOVING)).toBe(before);
    expect(world.writes.map(({ tag }) => tag)).toEqual(['b42-amd64', MOVING]);
  });

  it('adopts it also where the moving tag had moved, and does not call it the previous one', async () => {
    const world = createRegistry();
    const before = world.store(IMAGE);
    setTag(world, 'b42-amd64', before);
    setTag(world, MOVING, before);
    expect(await push(orderOf({ world, number: 42, build: takenOver }))).toMatchObject({
      adopted: true,
      previous: null,
    });
    expect(world.writes).toHaveLength(2);
  });

  it('asks for the blobs of an adopted image too', async () => {
    const world = createRegistry();
    setTag(world, 'b42-amd64', world.store(IMAGE));
    world.blobs.delete(sha256('layer of ours'));
    const pushing = push(orderOf({ world, number: 42, build: takenOver }));
    await expect(pushing).rejects.toMatchObject({ code: 'PUSH_UNVERIFIED' });
  });

  it.each([
    ['another fingerprint', { image: THEIRS }],
    ['no fingerprint', { image: { content: 'ours', fingerprint: null } }],
    ['--no-cache', { parameters: { noCache: true } }],
    ['--rebuild', { parameters: { rebuild: true } }],
    ['another number in its row', { build: { attempt: 2, number: 40 } }],
  ])(
    'draws the next number with %s',
    async (_, { image = IMAGE, ...options }: { image?: TestImage } & Partial<OrderOptions>) => {
      const world = createRegistry();
      const before = world.store(image);
      setTag(world, 'b42-amd64', before);
      const result = await push(orderOf({ world, number: 42, build: takenOver, ...options }));
      expect(result).toMatchObject({ number: 43, adopted: false });
      expect(world.tags.get('b42-amd64')).toBe(before);
    },
  );

  it('writes nothing once another process has the build', async () => {
    const world = createRegistry();
    const pushing = push(orderOf({ world, number: 42, heartbeat: 'lost' }));
    await expect(pushing).rejects.toMatchObject({ kind: 'lost' });
    expect(world.writes).toEqual([]);
  });

  it('writes nothing once it was told to stop', async () => {
    const world = createRegistry();
    const stop = new AbortController();
    const reason = new AbortReason('canceled', 'interrupted');
    stop.abort(reason);
    await expect(push(orderOf({ world, number: 42, signal: stop.signal }))).rejects.toBe(reason);
    expect(world.writes).toEqual([]);
  });
});

describe('a race for the moving tag', () => {
  it('is written again where an older build moved it', async () => {
    const world = createRegistry();
    const older = world.store(THEIRS);
    setTag(world, 'b41-amd64', older);
    onStep(world, [`HEAD ${MOVING}`, 5], () => setTag(world, MOVING, older));
    const result = await push(orderOf({ world, number: 42 }));
    expect(world.writes.map(({ tag }) => tag).slice(-3)).toEqual([MOVING, MOVING, MOVING]);
    expect(world.tags.get(MOVING)).toBe(result.digest);
    expect(result.movingTag).toEqual({ status: 'moved' });
  });

  it('is left to a newer build, before and after our write, and the result says so', async () => {
    for (const nth of [4, 5]) {
      const world = createRegistry();
      const newer = world.store(THEIRS);
      const moveTo43 = (): void => {
        setTag(world, 'b43-amd64', newer);
        setTag(world, MOVING, newer);
      };
      onStep(world, [`HEAD ${MOVING}`, nth], moveTo43);
      const order = orderOf({ world, number: 42 });
      expect(await push(order)).toMatchObject({
        number: 42,
        movingTag: { status: 'newer', number: 43, digest: newer },
      });
      expect(world.tags.get(MOVING)).toBe(newer);
      expect(order.warnings()).toEqual([expect.stringContaining(`${MOVING} stays at b43`)]);
    }
  });

  it('against somebody who keeps moving it is an error, never a success', async () => {
    const world = createRegistry();
    const foreign = world.store({ content: 'by hand', fingerprint: null });
    world.before = (step) => {
      if (step === `HEAD ${MOVING}`) world.tags.set(MOVING, foreign);
    };
    await expect(push(orderOf({ world, number: 42 }))).rejects.toMatchObject({
      code: 'TAG_CONTESTED',
      message: expect.stringContaining('b42 itself is pushed'),
    });
    expect(world.writes.filter(({ tag }) => tag === MOVING)).toHaveLength(3);
  });
});
