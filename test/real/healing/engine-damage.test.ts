import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { removeDatabase, wipeBuildFolder } from '../../lab/damage/databases.ts';
import { layerPlaces, type LayerPlace } from '../../lab/damage/layer-places.ts';
import {
  cutTarSplit,
  editLayerFile,
  foldersWith,
  removeFolders,
  removeLayerEntry,
  removeLayerFolder,
} from '../../lab/damage/layers.ts';
import { wipeEngine } from '../../lab/damage/wipe.ts';
import { startLab, type OwnLab } from '../../lab/lab.ts';
import { tagsOf } from '../main-job/scene.ts';
import {
  expectFailed,
  expectHealed,
  expectMadeUpFor,
  expectNextBuildWorks,
  expectNothingLeft,
  expectPushed,
  type ExpectedAttempt,
} from './expectations.ts';
import {
  changeSource,
  firstImage,
  freshInfra,
  registryOf,
  runBuild,
  SERVICE,
  startScene,
  writeDockerfile,
  type Scene,
} from './scene.ts';

/** An engine that nothing else uses: it is broken here, and what heals it leaves it whole for the next test. */
let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await wipeEngine(lab);
});

interface Damage {
  readonly name: string;
  /** `layers` are those of the first build, the base's first: base, WORKDIR, RUN, RUN with a cache, COPY, RUN. */
  readonly damage: (scene: Scene, layers: readonly LayerPlace[]) => unknown;
  /** From an engine that held nothing: one that was damaged often may hold on to a base's layer until it is restarted. */
  readonly isFresh?: boolean;
  /** Site of the second build; `aww` has a registry of its own, to which every layer must go. */
  readonly site?: 'aww';
  readonly attempts: readonly ExpectedAttempt[];
  /** The rules without which it is not healed. */
  readonly without: string;
}

const PRUNED = { stage: 'build', outcome: 'cache-damage', remedy: 'prune-and-rebuild' } as const;
const RETRIED = { ...PRUNED, remedy: 'retry' } as const;
const PRUNED_AT_PUSH = { ...PRUNED, stage: 'push' } as const;

const layerAt = (layers: readonly LayerPlace[], index: number): LayerPlace => {
  const place = layers[index];
  if (place === undefined) throw new Error(`the image has no layer ${index}`);
  return place;
};

const DAMAGES: readonly Damage[] = [
  {
    name: 'the folder of a layer that others stand on is gone',
    damage: (_, layers) => removeLayerFolder(layerAt(layers, 2)),
    attempts: [{ ...PRUNED, rule: 'overlay-mount-failed' }],
    without: 'overlay-mount-failed',
  },
  {
    name: 'the folder of the last layer that is cached is gone',
    damage: (_, layers) => removeLayerFolder(layerAt(layers, 3)),
    attempts: [
      { ...RETRIED, rule: 'snapshot-missing' },
      { ...PRUNED, rule: 'snapshot-missing' },
    ],
    without: 'snapshot-missing',
  },
  {
    name: "a layer's entry in the layer database is gone",
    damage: async (_, layers) => removeLayerEntry(lab.engine, layerAt(layers, 2)),
    attempts: [{ ...PRUNED, rule: 'layer-missing', evidence: expect.stringContaining('layer does not exist') }],
    without: 'layer-missing',
  },
  {
    name: "a layer's tar-split file is cut",
    damage: (_, layers) => cutTarSplit(layerAt(layers, 2)),
    site: 'aww',
    attempts: [{ ...PRUNED_AT_PUSH, rule: 'layer-file-damaged' }],
    without: 'layer-file-damaged,push-keeps-failing',
  },
  {
    name: 'a file of a layer was changed',
    damage: (_, layers) => editLayerFile(layerAt(layers, 2), 'dependencies'),
    site: 'aww',
    attempts: [{ ...PRUNED_AT_PUSH, rule: 'layer-file-damaged' }],
    without: 'layer-file-damaged,push-keeps-failing',
  },
  {
    name: 'the database of snapshots is gone',
    damage: () => removeDatabase(lab, 'snapshots.db'),
    attempts: [
      { ...RETRIED, rule: 'snapshot-missing' },
      { ...PRUNED, rule: 'snapshot-missing' },
    ],
    without: 'snapshot-missing',
  },
  {
    name: 'the snapshot of the build context is gone',
    damage: () => removeFolders(foldersWith(lab.directory, 'Dockerfile')),
    attempts: [{ ...PRUNED, rule: 'context-snapshot-missing' }],
    without: 'context-snapshot-missing',
  },
  {
    name: 'a cache mount is gone',
    damage: ({ infra }) => removeFolders(foldersWith(lab.directory, `warmth-${infra.project}`)),
    attempts: [{ ...PRUNED, rule: 'cache-mount-missing' }],
    without: 'cache-mount-missing',
  },
  {
    name: 'a layer of the base image is gone',
    isFresh: true,
    damage: (_, layers) => removeLayerFolder(layerAt(layers, 0)),
    attempts: [{ ...PRUNED, rule: 'overlay-mount-failed' }],
    without: 'overlay-mount-failed',
  },
  {
    name: 'a layer of the base image is gone, and an image in the engine holds on to it',
    isFresh: true,
    damage: async (scene, layers) => {
      await pull(scene.lab.baseImage);
      removeLayerFolder(layerAt(layers, 0));
    },
    attempts: [
      { ...PRUNED, rule: 'overlay-mount-failed' },
      { ...PRUNED, remedy: 'remove-images-and-rebuild', rule: 'snapshot-missing' },
    ],
    without: 'snapshot-missing',
  },
];

async function pull(image: string): Promise<void> {
  const colon = image.lastIndexOf(':');
  const answer = await lab.engine.api(
    'POST',
    `/images/create?fromImage=${image.slice(0, colon)}&tag=${image.slice(colon + 1)}`,
  );
  expect(JSON.stringify(answer)).not.toContain('errorDetail');
}

async function damaged({ damage, site, isFresh = false }: Damage): Promise<Scene> {
  if (isFresh) await wipeEngine(lab);
  const scene = await startScene(lab);
  if (site !== undefined) await changeSource(scene.infra, 'second', site);
  await damage(scene, layerPlaces(lab.directory, (await firstImage(scene)).diffIds));
  return scene;
}

for (const damage of DAMAGES)
  describe(`where ${damage.name}`, () => {
    const { site = 'main', attempts, without } = damage;

    it('the build heals it, and what it pushes is whole', async () => {
      const scene = await damaged(damage);
      const { result } = await runBuild(scene.infra, { site });
      expectHealed(result, attempts);
      await expectPushed(scene, result, 'second');
      await expectNextBuildWorks(scene, site);
      await expectNothingLeft(lab, [scene.infra]);
    });

    it(`the build fails without ${without}, no tag moves, and the next one heals it`, async () => {
      const scene = await damaged(damage);
      const repository = scene.infra.repository(site, SERVICE);
      const before = await tagsOf(lab, registryOf(site), repository);

      const failed = await runBuild(scene.infra, { site, without });

      expectFailed(failed, attempts[0]?.stage ?? '');
      expect(failed.result.attempts.at(-1)).toMatchObject({ remedy: 'none' });
      expect(await tagsOf(lab, registryOf(site), repository)).toEqual(before);
      await expectMadeUpFor(scene, site);
      await expectNothingLeft(lab, [scene.infra]);
    });
  });

describe('where the database of leases is gone, and a layer too', () => {
  async function damagedTwice(): Promise<Scene> {
    const scene = await startScene(lab);
    const layers = layerPlaces(lab.directory, (await firstImage(scene)).diffIds);
    await removeDatabase(lab, 'containerdmeta.db');
    removeLayerFolder(layerAt(layers, 2));
    return scene;
  }

  it('the cache cannot be emptied, and the build does without it', async () => {
    const scene = await damagedTwice();
    const { result } = await runBuild(scene.infra);
    expectHealed(result, [{ ...PRUNED, rule: 'overlay-mount-failed' }]);
    await expectPushed(scene, result, 'second');
    // What the engine knows of its cache stays damaged until it starts again.
    await restart();
    await expectNextBuildWorks(scene);
    await expectNothingLeft(lab, [scene.infra]);
  });

  it('the build fails without lease-missing, and works after a restart of the engine', async () => {
    const scene = await damagedTwice();
    expectFailed(await runBuild(scene.infra, { without: 'lease-missing' }), 'build');
    await restart();
    await expectMadeUpFor(scene);
    await wipeEngine(lab);
  });
});

async function restart(): Promise<void> {
  await lab.engine.stop();
  await lab.engine.start();
}

describe("where BuildKit's folder was emptied under the running engine", () => {
  const RESTART = 'systemctl restart docker';

  async function wiped(): Promise<Scene> {
    const scene = await startScene(lab);
    wipeBuildFolder(lab.directory);
    return scene;
  }

  it('the build says that only a restart of the engine is left, and after it the next one works', async () => {
    const scene = await wiped();
    const { exitCode, result } = await runBuild(scene.infra);
    expect(exitCode).toBe(1);
    expect(result.error).toMatchObject({ code: 'BUILDER_FAILED', stage: 'build' });
    expect(result.error?.hint).toContain(RESTART);
    expect(result.attempts.at(-1)).toMatchObject({ rule: 'engine-files-gone', remedy: 'none' });
    // Where the first trouble looks like one of the cache's, one rung of the ladder may have been tried before.
    expect(result.attempts.length).toBeLessThanOrEqual(2);
    await restart();
    await expectNextBuildWorks(scene);
    await expectNothingLeft(lab, [scene.infra]);
  });

  it('the build does not say so without engine-files-gone', async () => {
    const scene = await wiped();
    const { exitCode, result } = await runBuild(scene.infra, { without: 'engine-files-gone,blob-missing' });
    expect(exitCode).toBe(1);
    expect(result.error?.hint).not.toContain(RESTART);
    await restart();
    await expectNextBuildWorks(scene);
  });
});

it.each(['metadata_v2.db', 'cache.db', 'containerdmeta.db'] as const)(
  'a build does without %s: the cache is cold, and nothing is to be healed',
  async (name) => {
    const scene = await startScene(lab);
    await removeDatabase(lab, name);
    const { result } = await runBuild(scene.infra);
    expectHealed(result, []);
    await expectPushed(scene, result, 'second');
  },
);

it('the words of damage in the output of a step, or in its command, heal nothing and are not believed', async () => {
  const infra = await freshInfra(lab);
  const words = [
    'failed to get layer sha256:1f3c: layer does not exist',
    'error creating overlay mount to /var/lib/docker/overlay2/x/merged: no such file or directory',
    'write /x: no space left on device',
    'received unexpected HTTP status: 502 Bad Gateway',
  ];
  const commands = words.map((text) => `echo '${text}'; echo '${text}' >&2`).join('; ');
  await writeDockerfile(infra, `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nCOPY . .\nRUN ${commands}; exit 3\n`);
  const { exitCode, result } = await runBuild(infra);
  expect(exitCode).toBe(1);
  expect(result.error).toMatchObject({ code: 'BUILD_FAILED' });
  expect(result.error?.message).toContain('exit code 3');
  expect(result.attempts).toMatchObject([{ rule: 'step-failed', outcome: 'permanent', remedy: 'none' }]);
  expect(result.error?.evidence.join('\n')).toContain('layer does not exist');
});
