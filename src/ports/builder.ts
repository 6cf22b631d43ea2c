import type { XgenError } from '../errors/xgen-error.ts';
import type { Digest, ImageReference } from '../values/image-reference.ts';
import type { Platform } from '../values/arch.ts';
import type { Login } from './credentials.ts';
import type { Redactor } from './redactor.ts';

/** A BuildKit secret: read when the builder asks for it, never an argument. */
export interface BuildSecret {
  readonly id: string;
  read(): Promise<Buffer>;
}

export interface BuildInput {
  /** Absolute path of the build context, with `Dockerfile` and, where there is one, `.dockerignore` in it. */
  readonly contextDirectory: string;
  readonly sharedKey: string;
  readonly platform: Platform;
  /** Stage of the Dockerfile; null: the last one. */
  readonly target: string | null;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly secrets: readonly BuildSecret[];
  readonly noCache: boolean;
  /** True: base images are asked for in their registry; false: those of the engine's own store are used. */
  readonly pull: boolean;
  /** The login for a registry host, asked for when a base image is pulled. */
  readonly loginFor: (host: string) => Promise<Login | null>;
  /** A local tag that keeps the image until `remove`; unique to this build. */
  readonly localTag: ImageReference;
}

/** What happens inside the builder, in order. Text is not redacted yet. */
export type BuildProgress =
  | {
      readonly kind: 'step';
      /** The builder's own id of the step: the same step comes again with another status. */
      readonly id: string;
      /** As BuildKit names it: `[builder 3/5] RUN npm ci`. */
      readonly name: string;
      readonly status: 'started' | 'completed' | 'cached' | 'failed';
      readonly durationMs: number | null;
      readonly error: string | null;
    }
  | { readonly kind: 'log'; readonly id: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'transfer'; readonly what: string; readonly doneBytes: number; readonly totalBytes: number | null }
  | { readonly kind: 'warning'; readonly text: string };

export interface BuildObserver {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BuildProgress) => void;
  /** Hides secrets in the output that an error quotes; without it the lines are quoted as they came. */
  readonly redactor?: Redactor;
}

export interface PushObserver extends BuildObserver {
  /**
   * Asked once, when the registry does not take a layer: why it never will. Null: it may yet. The engine tries again for
   * a minute without saying why.
   */
  readonly whyRefused?: () => Promise<XgenError | null>;
}

/** What the push of one image said. */
export interface Published {
  readonly digest: Digest;
  /** Layers that the registry did not have, out of how many, and their bytes as sent. */
  readonly layersPushed: number;
  readonly layersTotal: number;
  readonly bytesPushed: number;
}

/** An image that was built and is held by a local tag until `remove`. */
export interface BuiltImage {
  /** Digest of the image's configuration, as the engine names it. */
  readonly id: Digest;
  /** Operating system and architecture of the image's own configuration. */
  readonly platform: string;
  readonly sizeBytes: number;
  /** The base images that BuildKit says it used, with the digest each was resolved to where BuildKit says so. */
  readonly bases: readonly { readonly image: string; readonly digest: Digest | null }[];
  readonly steps: { readonly total: number; readonly cached: number };
  /**
   * Pushes the image under a reference. A remote builder may have pushed while it built.
   * Throws PUSH_FAILED, REGISTRY_LOGIN_REFUSED, REGISTRY_UNREACHABLE.
   */
  publish(reference: ImageReference, login: Login | null, observer: PushObserver): Promise<Published>;
  /** Removes the local tag (and the image, if nothing else holds it). May be called twice. */
  remove(): Promise<void>;
}

export interface BuilderInfo {
  /** `docker 20.10.24` */
  readonly version: string;
  readonly endpoint: string;
  readonly arch: string;
  /** True for a registry host that the engine itself reaches without verified TLS. */
  isInsecure(registryHost: string): Promise<boolean>;
}

export interface Builder {
  /** Throws ENGINE_UNREACHABLE, ENGINE_TOO_OLD. */
  info(signal: AbortSignal): Promise<BuilderInfo>;
  /** Platform and digest of an image in the engine's own store (`build.pull: false`); null where it is not there. */
  inspectLocal(
    image: ImageReference,
    signal: AbortSignal,
  ): Promise<{ readonly platform: string; readonly digest: Digest } | null>;
  /**
   * Throws BUILD_FAILED (a step: its last lines, Dockerfile line and exit code), DOCKERFILE_INVALID,
   * BASE_IMAGE_MISSING, BUILDER_FAILED, ENGINE_UNREACHABLE, or the signal's AbortReason.
   */
  build(input: BuildInput, observer: BuildObserver): Promise<BuiltImage>;
  /**
   * Removes what builds of dead processes left in the engine: their local tags, and the names under which they were
   * pushing. `isAlive` tells of a local tag whether its build may still run. Returns how many images were let go.
   */
  removeLeftovers(isAlive: (localTag: string) => Promise<boolean>): Promise<number>;
}
