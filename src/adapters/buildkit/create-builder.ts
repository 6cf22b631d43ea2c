import { abortReasonOf } from '../../errors/abort-reason.ts';
import { BuildError } from '../../errors/xgen-error.ts';
import type { Builder, BuildInput, BuildObserver, BuiltImage } from '../../ports/builder.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Rule } from '../../healing/rule.ts';
import { formatImage, isDigest, type Digest } from '../../values/image-reference.ts';
import { inspectImage, type StoredImage } from '../engine/images.ts';
import type { Engine } from '../engine/open-engine.ts';
import { readBuilderInfo } from './builder-info.ts';
import { loadHttp2 } from './grpc.ts';
import { removeLeftovers, removeTag } from './leftovers.ts';
import { publishImage } from './publish.ts';
import { runBuild, type FinishedBuild } from './run-build.ts';
import { throttleTransfers } from './throttle.ts';

export interface BuilderOptions {
  /** The engine, found at the first call. */
  readonly engine: () => Promise<Engine>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The table of failures. */
  readonly rules: readonly Rule[];
}

/** Builds in a Docker engine by BuildKit, with a session of its own over the engine's socket. */
export function createBuilder(options: BuilderOptions): Builder {
  return {
    async info(signal) {
      const reading = readBuilderInfo(await options.engine(), signal);
      // Loaded while the engine is waited for; a build needs it soon after.
      loadHttp2();
      return reading;
    },
    async inspectLocal(image, signal) {
      const stored = await inspectImage(await options.engine(), formatImage(image), signal);
      return stored === null ? null : { platform: stored.platform, digest: stored.id };
    },
    build: async (input, observer) => build(options, input, observer),
    removeLeftovers: async (isAlive) =>
      removeLeftovers({ engine: await options.engine(), logger: options.logger }, isAlive),
  };
}

async function build(options: BuilderOptions, input: BuildInput, observer: BuildObserver): Promise<BuiltImage> {
  const reason = abortReasonOf(observer.signal);
  if (reason !== null) throw reason;
  const engine = await options.engine();
  try {
    const finished = await runBuild(
      { engine, rules: options.rules },
      input,
      throttleTransfers(observer, options.clock),
    );
    const image = await inspectImage(engine, finished.imageId, observer.signal);
    if (image === null) throw vanished(finished.imageId);
    if (image.platform !== input.platform) throw wrongPlatform(image, input);
    return builtImage({ engine, input, finished, image, options });
  } catch (error) {
    // An image may have been made before the build was stopped, or be the wrong one.
    await removeTag({ engine, tag: formatImage(input.localTag), logger: options.logger });
    throw error;
  }
}

interface Built {
  readonly engine: Engine;
  readonly input: BuildInput;
  readonly finished: FinishedBuild;
  readonly image: StoredImage;
  readonly options: BuilderOptions;
}

function builtImage({ engine, input, finished, image, options }: Built): BuiltImage {
  const { clock, logger, rules } = options;
  return {
    id: image.id,
    platform: image.platform,
    sizeBytes: image.sizeBytes,
    bases: basesIn(finished.progress.names()),
    steps: finished.progress.counts(),
    publish: async (reference, login, observer) =>
      publishImage(engine, { image, reference, login, observer: throttleTransfers(observer, clock), logger, rules }),
    remove: async () => removeTag({ engine, tag: formatImage(input.localTag), logger }),
  };
}

/** Base images as the names of the steps tell them: `[1/3] FROM host/path:tag@sha256:…`. */
export function basesIn(stepNames: readonly string[]): { image: string; digest: Digest | null }[] {
  const bases = new Map<string, Digest | null>();
  for (const name of stepNames) {
    const text = /^(?:\[[^\]]*\] )?FROM (?:--\S+ )*(?<image>\S+)/.exec(name)?.groups?.['image'];
    if (text === undefined) continue;
    const [image = '', digest = ''] = text.split('@');
    bases.set(image, isDigest(digest) ? digest : (bases.get(image) ?? null));
  }
  return [...bases].map(([image, digest]) => ({ image, digest }));
}

function vanished(id: Digest): BuildError {
  return new BuildError({
    code: 'BUILDER_FAILED',
    message: 'the image that was built is not in the engine any more',
    hint: 'see whether something prunes images of this engine while builds run (docker system prune, a cron job)',
    facts: { id },
  });
}

function wrongPlatform(image: StoredImage, input: BuildInput): BuildError {
  return new BuildError({
    code: 'IMAGE_PLATFORM',
    message: `the built image is for ${image.platform}, not for ${input.platform}`,
    hint: 'see whether the Dockerfile sets --platform in a FROM line, and whether its base image is for that platform',
    facts: { platform: image.platform, wanted: input.platform },
  });
}
