import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBuilder } from '../../../src/adapters/buildkit/create-builder.ts';
import { createClock } from '../../../src/adapters/clock.ts';
import { openEngine } from '../../../src/adapters/engine/open-engine.ts';
import { createSilentLogger } from '../../../src/adapters/logger.ts';
import { RULES } from '../../../src/healing/rules.ts';
import type { Builder, BuildObserver } from '../../../src/ports/builder.ts';
import { formatImage, type ImageReference } from '../../../src/values/image-reference.ts';
import { cacheFolder } from '../cache-folder.ts';
import { startKeptRegistry } from '../registry.ts';
import { fetchNpm, makeRoot } from './make-root.ts';
import { nodePackage, RECIPES, STAND_IN_NAMES, standInsFolder, type StandInName } from './recipes.ts';

export interface StandInLab {
  /** The lab's folder. */
  readonly directory: string;
  /** The engine's socket: containers that it starts reach Debian's packages. */
  readonly engineHost: string;
  readonly say: (sentence: string) => void;
}

const LIMIT_MS = 20 * 60_000;

/** Makes all of them in a registry of their own, and keeps its storage. Two processes may do so at once: one is kept. */
export async function makeStandIns(lab: StandInLab): Promise<void> {
  lab.say('Making stand-ins for the base images from Debian packages: some minutes, once on this machine.');
  await mkdir(cacheFolder(), { recursive: true });
  const storage = await mkdtemp(join(cacheFolder(), 'making-'));
  const work = await mkdtemp(join(lab.directory, 'stand-ins-'));
  try {
    await makeRoot(await folderOf(work, 'debian'));
    await cp(join(nodePackage(), 'bin', 'node'), join(await folderOf(work, 'node'), 'node'));
    await fetchNpm(join(work, 'node'));
    await buildAll(lab, { storage, work });
    await keep(storage);
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(storage, { recursive: true, force: true });
  }
}

async function folderOf(work: string, name: StandInName): Promise<string> {
  const folder = join(work, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'Dockerfile'), RECIPES[name].dockerfile);
  await writeFile(join(folder, '.dockerignore'), 'root\n*.tgz\n');
  return folder;
}

async function buildAll(lab: StandInLab, { storage, work }: { storage: string; work: string }): Promise<void> {
  const registry = await startKeptRegistry(lab.directory, 'stand-ins-new', { storage, isReadOnly: false });
  const engine = await openEngine({ environment: {}, host: lab.engineHost });
  const builder = createBuilder({
    engine: async () => engine,
    clock: createClock(),
    logger: createSilentLogger(),
    rules: RULES,
  });
  try {
    for (const name of STAND_IN_NAMES) {
      const directory = await folderOf(work, name);
      const base = formatImage(referenceOf(registry.host, 'debian'));
      await buildOne(builder, { directory, base, reference: referenceOf(registry.host, name) });
    }
  } finally {
    engine.close();
    await registry.stop();
  }
}

async function buildOne(
  builder: Builder,
  { directory, base, reference }: { directory: string; base: string; reference: ImageReference },
): Promise<void> {
  const observer: BuildObserver = { signal: AbortSignal.timeout(LIMIT_MS), onProgress: () => {} };
  const image = await builder.build(
    {
      contextDirectory: directory,
      sharedKey: directory,
      platform: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
      target: null,
      args: { BASE: base },
      labels: { 'io.xgen-build.stand-in': reference.path },
      secrets: [],
      noCache: false,
      pull: false,
      loginFor: async () => null,
      localTag: { ...reference, host: 'xgen-build.local' },
    },
    observer,
  );
  await image.publish(reference, null, observer);
  await image.remove();
}

async function keep(storage: string): Promise<void> {
  await rename(storage, standInsFolder()).catch((error: unknown) => {
    if (!existsSync(standInsFolder())) throw error;
  });
}

/** `127.0.0.1:41234/stand-in/python:3.11` */
export function referenceOf(host: string, name: StandInName): ImageReference {
  return { host, path: `stand-in/${name}`, tag: RECIPES[name].tag, digest: null };
}
