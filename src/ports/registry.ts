import type { Digest } from '../values/image-reference.ts';

/** One registry under the names by which its different users reach it. */
export interface RegistryAddress {
  /** As the engine pushes to it, and as image names say it. */
  readonly host: string;
  /** As this process reaches it. */
  readonly apiHost: string;
  /** As deployments pull from it. */
  readonly pullHost: string;
  /** Null: no login is needed. */
  readonly credentialId: string | null;
}

export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The very bytes, so that a PUT gives the same digest. */
  readonly bytes: Buffer;
}

/** What an image's configuration says of it. */
export interface ImageConfig {
  /** Digest of the configuration itself. */
  readonly digest: Digest;
  /** Digest of the manifest (not the index) that names it. */
  readonly manifestDigest: Digest;
  readonly platform: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly created: string | null;
}

/** One registry, logged in. Every call throws REGISTRY_UNREACHABLE, REGISTRY_LOGIN_REFUSED or REGISTRY_FAILED. */
export interface RegistryClient {
  readonly host: string;
  /** A real login: throws where it is refused. */
  ping(signal: AbortSignal): Promise<void>;
  /** `reference` is a tag or a digest, here and below. Null where it is not there. */
  headManifest(repository: string, reference: string, signal: AbortSignal): Promise<Digest | null>;
  getManifest(repository: string, reference: string, signal: AbortSignal): Promise<Manifest | null>;
  putManifest(put: { repository: string; reference: string; manifest: Manifest; signal: AbortSignal }): Promise<Digest>;
  /**
   * Removes a manifest with every tag on it; false where it was not there any more.
   * Throws REGISTRY_WRITE_REFUSED where the registry or the login does not allow it.
   */
  deleteManifest(repository: string, digest: Digest, signal: AbortSignal): Promise<boolean>;
  hasBlob(repository: string, digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** The configuration for a platform (of an index too); null where the image or the platform is not there. */
  getConfig(get: {
    repository: string;
    reference: string;
    platform: string;
    signal: AbortSignal;
  }): Promise<ImageConfig | null>;
  /** The platforms that an image is for: one, or those of its index. Null where it is not there. */
  platforms(repository: string, reference: string, signal: AbortSignal): Promise<readonly string[] | null>;
  /** Every tag, also where the registry answers in pages. Empty where the repository is not there. */
  listTags(repository: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Begins an upload and drops it. Throws REGISTRY_WRITE_REFUSED where that is not allowed. */
  checkWritable(repository: string, signal: AbortSignal): Promise<void>;
}

/** A request that failed for a passing reason and is sent again. */
export interface RequestRetry {
  /** Id of the rule of the table of failures. */
  readonly rule: string;
  /** `HEAD /v2/x/manifests/b1-amd64: answered 502` */
  readonly evidence: string;
  /** Of the try and the wait after it. */
  readonly durationMs: number;
}

export type OnRetry = (retry: RequestRetry) => void;

export interface Registries {
  /** A client for a configured registry. Logs in lazily, once per client. */
  open(address: RegistryAddress, onRetry?: OnRetry): RegistryClient;
  /** A client for any host that a base image names, with the Docker configuration's login where there is one. */
  openHost(host: string): RegistryClient;
}
