/** A content digest as registries write it: `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The first twelve digits, enough for a person to compare: `sha256:1f3c…`. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** A repository in a registry: `docker.x2bee.com` and `xgen/lotteimall/xgen-core`. */
export interface ImageRepository {
  /** Host and, where it is not the default one, port. Never a scheme or a path. */
  readonly host: string;
  /** Path below the host, without a leading slash. */
  readonly path: string;
}

/** One image of a repository, named by a tag or by its digest. */
export interface ImageReference extends ImageRepository {
  readonly tag: string | null;
  readonly digest: Digest | null;
}

export function withTag(repository: ImageRepository, tag: string): ImageReference {
  return { host: repository.host, path: repository.path, tag, digest: null };
}

export function withDigest(repository: ImageRepository, digest: Digest): ImageReference {
  return { host: repository.host, path: repository.path, tag: null, digest };
}

/** The same image as another host name reaches it (`pullHost`, `apiHost`). */
export function atHost<T extends ImageRepository>(image: T, host: string): T {
  return { ...image, host };
}

export function formatRepository(repository: ImageRepository): string {
  return `${repository.host}/${repository.path}`;
}

/** `host/path:tag`, `host/path@sha256:…`, or both. */
export function formatImage(image: ImageReference): string {
  const tag = image.tag === null ? '' : `:${image.tag}`;
  const digest = image.digest === null ? '' : `@${image.digest}`;
  return `${formatRepository(image)}${tag}${digest}`;
}

const DOCKER_HUB = 'docker.io';

/**
 * Reads an image reference by the rule of the docker client: without a host it is on Docker Hub (`python:3.14` is
 * `docker.io/library/python:3.14`), without tag and digest it is `latest`.
 * Returns null for text that names no image.
 */
export function parseImage(text: string): ImageReference | null {
  const match = /^(?<name>[^@\s]+?)(?::(?<tag>[A-Za-z0-9_][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/.exec(
    text,
  );
  const name = match?.groups?.['name'];
  if (name === undefined) return null;
  const tag = match?.groups?.['tag'] ?? null;
  const digest = (match?.groups?.['digest'] ?? null) as Digest | null;
  const repository = splitHost(name);
  if (!/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/.test(repository.path))
    return null;
  return { ...repository, tag: tag ?? (digest === null ? 'latest' : null), digest };
}

function splitHost(name: string): ImageRepository {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  if (isHost) return { host: first === 'index.docker.io' ? DOCKER_HUB : first, path: name.slice(slash + 1) };
  return { host: DOCKER_HUB, path: slash < 0 ? `library/${name}` : name };
}
