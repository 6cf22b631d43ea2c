import { createHash } from 'node:crypto';
import { createSilentLogger } from '../../src/adapters/logger.ts';
import type { Ports, StageContext } from '../../src/pipeline/context.ts';
import type { PushOrder } from '../../src/pipeline/push.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import type { BuiltImage } from '../../src/ports/builder.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { BuildEventBody } from '../../src/ports/events.ts';
import type { Manifest, RegistryClient } from '../../src/ports/registry.ts';
import type { ClaimedBuild, HeartbeatAnswer, Store } from '../../src/ports/store.ts';
import { isDigest, type Digest } from '../../src/values/image-reference.ts';

export const REPOSITORY = 'xgen/main/xgen-core';
export const MOVING = 'latest-amd64';
const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

export function sha256(content: string | Buffer): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Waits before every step; the property test schedules them. */
export type Pause = (step: string) => Promise<void>;

/** A registry in memory, with the steps between which other writers come. */
export interface WorldRegistry {
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<Digest, Buffer>;
  readonly blobs: Map<Digest, string>;
  /** Every write of a tag, in order. */
  readonly writes: { readonly tag: string; readonly digest: Digest }[];
  /** Called before each request with `HEAD b1-amd64`, `PUT latest-amd64`, `PUBLISH b1-amd64`, …; may change the registry. */
  before: (step: string) => void;
  /** Puts an image's bytes there, without a tag. */
  store(image: TestImage): Digest;
}

export interface TestImage {
  /** Makes images differ. */
  readonly content: string;
  /** Null: not built by xgen-build. */
  readonly fingerprint: string | null;
}

export function createRegistry(): WorldRegistry {
  const world: WorldRegistry = {
    tags: new Map(),
    manifests: new Map(),
    blobs: new Map(),
    writes: [],
    before: () => undefined,
    store: (image) => {
      const manifest = manifestOf(image);
      for (const blob of manifest.blobs) world.blobs.set(sha256(blob), blob);
      world.manifests.set(sha256(manifest.bytes), manifest.bytes);
      return sha256(manifest.bytes);
    },
  };
  return world;
}

function manifestOf({ content, fingerprint }: TestImage): { bytes: Buffer; blobs: readonly string[] } {
  const labels = fingerprint === null ? {} : { 'io.xgen-build.fingerprint': fingerprint };
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', config: { Labels: labels }, content });
  const layer = `layer of ${content}`;
  const bytes = Buffer.from(
    JSON.stringify({ config: { digest: sha256(config) }, layers: [{ digest: sha256(layer) }] }),
  );
  return { bytes, blobs: [config, layer] };
}

export function setTag(world: WorldRegistry, tag: string, digest: Digest): void {
  world.tags.set(tag, digest);
  world.writes.push({ tag, digest });
}

/** The port over the registry in memory: what a push asks for; the rest throws. */
export function clientOf(world: WorldRegistry, pause: Pause): RegistryClient {
  const step = async (name: string): Promise<void> => {
    await pause(name);
    world.before(name);
  };
  const resolve = (reference: string): Digest | null =>
    world.tags.get(reference) ?? (isDigest(reference) && world.manifests.has(reference) ? reference : null);
  const client: RegistryClient = {
    host: 'registry.example',
    ping: () => step('PING'),
    checkWritable: () => step('POST'),
    platforms: () => Promise.reject(new Error('not expected')),
    deleteManifest: () => Promise.reject(new Error('not expected')),
    async headManifest(_, reference) {
      await step(`HEAD ${reference}`);
      return resolve(reference);
    },
    async getManifest(_, reference): Promise<Manifest | null> {
      await step(`GET ${isDigest(reference) ? 'digest' : reference}`);
      const digest = resolve(reference);
      const bytes = digest === null ? undefined : world.manifests.get(digest);
      return digest === null || bytes === undefined ? null : { digest, mediaType: TYPE, bytes };
    },
    async putManifest({ reference, manifest }) {
      await step(`PUT ${reference}`);
      world.manifests.set(manifest.digest, manifest.bytes);
      setTag(world, reference, manifest.digest);
      return manifest.digest;
    },
    async hasBlob(_, digest) {
      await step('BLOB');
      return world.blobs.has(digest);
    },
    async getConfig({ reference }) {
      await step(`CONFIG ${isDigest(reference) ? 'digest' : reference}`);
      const digest = resolve(reference);
      if (digest === null) return null;
      const manifest = JSON.parse(world.manifests.get(digest)?.toString() ?? '') as { config: { digest: Digest } };
      const config = JSON.parse(world.blobs.get(manifest.config.digest) ?? '') as {
        config: { Labels: Record<string, string> };
      };
      const labels = config.config.Labels;
      return { digest: manifest.config.digest, manifestDigest: digest, platform: 'linux/amd64', labels, created: null };
    },
    async listTags() {
      await step('LIST');
      return [...world.tags.keys()];
    },
  };
  return client;
}

/** The engine's push: the layers first, the tag after another step. */
export function imageOf(world: WorldRegistry, image: TestImage, pause: Pause): BuiltImage {
  return {
    id: sha256(manifestOf(image).blobs[0] ?? ''),
    platform: 'linux/amd64',
    sizeBytes: 1,
    bases: [],
    steps: { total: 1, cached: 0 },
    remove: () => Promise.resolve(),
    async publish(reference, _, { signal, onProgress }) {
      const tag = reference.tag ?? '';
      await pause(`UPLOAD ${tag}`);
      signal.throwIfAborted();
      onProgress({ kind: 'transfer', what: 'layer', doneBytes: 1_500_000, totalBytes: 3_000_000 });
      world.before(`PUBLISH ${tag}`);
      const digest = world.store(image);
      setTag(world, tag, digest);
      return { digest, layersPushed: 1, layersTotal: 2, bytesPushed: 3_000_000 };
    },
  };
}

/** Counters as the store keeps them: each number once. */
export interface Numbers {
  last: number;
}

export interface OrderOptions {
  readonly world: WorldRegistry;
  readonly image?: TestImage;
  readonly number: number;
  /** The number of an explicit `--number`. */
  readonly explicit?: number;
  readonly build?: Partial<ClaimedBuild>;
  readonly parameters?: { readonly noCache?: boolean; readonly rebuild?: boolean };
  readonly numbers?: Numbers;
  readonly heartbeat?: HeartbeatAnswer;
  readonly pause?: Pause;
  readonly signal?: AbortSignal;
}

export interface TestOrder extends PushOrder {
  readonly events: BuildEventBody[];
  readonly warnings: () => readonly string[];
}

export const IMAGE: TestImage = { content: 'ours', fingerprint: 'f-ours' };

export function orderOf(options: OrderOptions): TestOrder {
  const { world, number } = options;
  const image = options.image ?? IMAGE;
  const pause = options.pause ?? (() => Promise.resolve());
  const numbers = options.numbers ?? { last: number };
  const events: BuildEventBody[] = [];
  const store = {
    heartbeat: () => Promise.resolve(options.heartbeat ?? 'ok'),
    draw: (_: unknown, { above, floor }: { above: number; floor: number }) => {
      numbers.last = Math.max(numbers.last, above, floor - 1) + 1;
      return Promise.resolve(numbers.last);
    },
  } as unknown as Store;
  const clock = { now: () => new Date(0), monotonicMs: () => 0, sleep: sleepOf(options.pause) };
  const context: StageContext = {
    // A push uses the store, the clock and the registry's client alone.
    ports: { store, clock, logger: createSilentLogger() } as unknown as Ports,
    build: buildOf(options),
    startedBy: 'jiwon@ci-7',
    emit: (event) => events.push(event),
    signal: options.signal ?? new AbortController().signal,
  };
  return {
    plan: planOf(options),
    context,
    client: clientOf(world, pause),
    image: imageOf(world, image, pause),
    number,
    fingerprint: image.fingerprint ?? '',
    login: null,
    written: new Set(),
    isRetry: false,
    events,
    warnings: () => events.flatMap((event) => (event.kind === 'warning' ? [event.message] : [])),
  };
}

export function buildOf({ build, number }: Pick<OrderOptions, 'build' | 'number'>): ClaimedBuild {
  const base = { id: 'build-1', token: 't', service: 'xgen-core', site: 'main', attempt: 1, commit: null };
  return { ...base, number, ...build };
}

/** Without a schedule a sleep lasts until all that can go on has gone on. */
function sleepOf(pause: Pause | undefined): Clock['sleep'] {
  return async (_, signal) => {
    await (pause === undefined ? new Promise(setImmediate) : pause('SLEEP'));
    signal?.throwIfAborted();
  };
}

/** The part of a plan that a push reads. */
export function planOf(options: Pick<OrderOptions, 'explicit' | 'parameters'>): BuildPlan {
  const registry = {
    host: 'registry.example',
    apiHost: 'registry.example',
    pullHost: 'registry.example',
    credentialId: null,
  };
  return {
    service: 'xgen-core',
    site: 'main',
    build: { arch: 'amd64', platform: 'linux/amd64' },
    image: { registry, repository: REPOSITORY, movingTag: MOVING, numberFloor: 1, number: options.explicit ?? null },
    parameters: { tag: 'latest', noCache: false, rebuild: false, ...options.parameters },
  } as unknown as BuildPlan;
}
