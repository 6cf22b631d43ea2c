import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBuilder } from '../../../src/adapters/buildkit/create-builder.ts';
import { createClock } from '../../../src/adapters/clock.ts';
import { createSilentLogger } from '../../../src/adapters/logger.ts';
import { openEngine, type Engine } from '../../../src/adapters/engine/open-engine.ts';
import { XgenError } from '../../../src/errors/xgen-error.ts';
import { RULES } from '../../../src/healing/rules.ts';
import type { Builder, BuildInput, BuildProgress, BuiltImage } from '../../../src/ports/builder.ts';
import { withTag } from '../../../src/values/image-reference.ts';

export type ContextFile = string | Buffer | { readonly linkTo: string } | { readonly program: string };

/** Builds real contexts in a real engine, and takes away what it made. */
export interface BuildLab {
  readonly engine: Engine;
  readonly builder: Builder;
  /** A new folder with these files. */
  context(files: Readonly<Record<string, ContextFile>>): Promise<string>;
  /** More files for a folder. */
  write(directory: string, files: Readonly<Record<string, ContextFile>>): Promise<void>;
  build(directory: string, changes?: Partial<BuildInput>, signal?: AbortSignal): Promise<BuildRun>;
  /** Runs a program of an image and resolves to what it wrote. */
  run(image: BuiltImage, command: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export interface BuildRun {
  readonly image: BuiltImage;
  readonly progress: readonly BuildProgress[];
}

export async function openBuildLab(host: string): Promise<BuildLab> {
  const engine = await openEngine({ environment: {}, host });
  const builder = createBuilder({
    engine: async () => engine,
    clock: createClock(),
    logger: createSilentLogger(),
    rules: RULES,
  });
  const folder = await mkdtemp(join(tmpdir(), 'xgen-build-test-'));
  const made: BuiltImage[] = [];
  let contexts = 0;
  let builds = 0;
  return {
    engine,
    builder,
    async context(files) {
      contexts += 1;
      const directory = join(folder, `context-${contexts}`);
      await writeEntries(directory, files);
      return directory;
    },
    write: writeEntries,
    async build(directory, changes = {}, signal = AbortSignal.timeout(100_000)) {
      builds += 1;
      const progress: BuildProgress[] = [];
      const input = { ...inputFor(directory, `${process.pid}-${Date.now()}-${builds}`), ...changes };
      const image = await builder.build(input, { signal, onProgress: (one) => progress.push(one) });
      made.push(image);
      return { image, progress };
    },
    run: async (image, command) => runIn(engine, image, command),
    async close() {
      for (const image of made) await image.remove();
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A build of a folder with nothing special; `id` is unique. */
export function inputFor(directory: string, id: string): BuildInput {
  return {
    contextDirectory: directory,
    sharedKey: directory,
    platform: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
    target: null,
    args: {},
    labels: {},
    secrets: [],
    noCache: false,
    pull: true,
    loginFor: async () => null,
    localTag: withTag({ host: 'xgen-build.local', path: 'build-test' }, id),
  };
}

async function writeEntries(directory: string, files: Readonly<Record<string, ContextFile>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeEntry(join(directory, name), content);
}

async function writeEntry(file: string, content: ContextFile): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  if (typeof content === 'string' || Buffer.isBuffer(content)) await writeFile(file, content);
  else if ('linkTo' in content) await symlink(content.linkTo, file);
  else await writeFile(file, content.program, { mode: 0o755 });
}

async function runIn(engine: Engine, image: BuiltImage, command: readonly string[]): Promise<string> {
  const docker = await engine.docker();
  const container = await docker.createContainer({ Image: image.id, Cmd: [...command], Tty: true });
  try {
    await container.start();
    await container.wait();
    // dockerode gives a number for text that looks like one.
    const output: unknown = await container.logs({ stdout: true, stderr: true });
    return String(output).replaceAll('\r\n', '\n');
  } finally {
    await container.remove({ force: true });
  }
}

/** The output of all steps, as it was shown. */
export function outputOf(progress: readonly BuildProgress[]): string {
  return progress.map((one) => (one.kind === 'log' ? one.text : '')).join('');
}

/** The error that a promise rejects with. Throws where it resolves. */
export async function errorOf(promise: Promise<unknown>): Promise<XgenError> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof XgenError) return outcome;
  throw new Error(`expected an XgenError, got ${String(outcome)}`, { cause: outcome });
}
