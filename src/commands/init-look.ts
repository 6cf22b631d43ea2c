import { KINDS, type ServiceKind } from './init-kinds.ts';

/** Texts of a repository's files by path; of others than sources and manifests only that they are there. */
export type RepositoryFiles = ReadonlyMap<string, string>;

/** Something that was found, and where: `Cargo.toml`, or null where it is only what is usual. */
export interface Sighting<T> {
  readonly value: T;
  readonly seenIn: string | null;
}

export interface Looked {
  readonly kind: Sighting<ServiceKind>;
  readonly port: Sighting<number>;
  readonly healthCheck: Sighting<string>;
}

/** What a repository is, as far as its files tell; null where it is none of the kinds that there are Dockerfiles for. */
export function lookAtRepository(files: RepositoryFiles): Looked | null {
  const kind = findKind(files);
  if (kind === null) return null;
  return { kind, port: findPort(files, kind.value), healthCheck: findHealthCheck(files) };
}

function findKind(files: RepositoryFiles): Sighting<ServiceKind> | null {
  const manifest = files.get('package.json') ?? '';
  const isPython = files.has('pyproject.toml') || files.has('requirements.txt');
  const seenIn = files.has('pyproject.toml') ? 'pyproject.toml' : 'requirements.txt';
  if (isPython && files.has('package.json')) return { value: 'station', seenIn: `${seenIn} and package.json` };
  if (isPython) return { value: 'python', seenIn };
  if (files.has('Cargo.toml')) return { value: 'rust', seenIn: 'Cargo.toml' };
  return /"next"\s*:/.test(manifest) ? { value: 'next', seenIn: 'package.json' } : null;
}

/** How a source names the port that it listens on; the number is the first group. */
const PORTS = [
  /(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]):(\d{2,5})\b/,
  /\bPORT["']?\s*[,)\]]{0,2}\s*(?:\?\?|\|\||,|or)\s*["']?(\d{2,5})\b/,
  /\bPORT"\)\.unwrap_or\w*\(\s*(?:\|_\|\s*)?"?(\d{2,5})/,
  /\bport\s*[=:]\s*(?:int\()?["']?(\d{2,5})\b/i,
  /--port[ =](\d{2,5})\b/,
];

function findPort(files: RepositoryFiles, kind: ServiceKind): Sighting<number> {
  const facts = KINDS[kind];
  const usual = { value: facts.port, seenIn: null };
  if (facts.decidesPort) return usual;
  for (const [path, text] of sourcesOf(files)) {
    for (const pattern of PORTS) {
      const port = Number(pattern.exec(text)?.[1] ?? 0);
      if (port > 0 && port < 65_536) return { value: port, seenIn: path };
    }
  }
  return usual;
}

/** The usual words first: a service may have more than one of them. */
const HEALTH_WORDS = ['health', 'healthz', 'healthcheck', 'livez', 'readyz', 'ready', 'ping'];
const NEXT_ROUTE = /^(?:src\/)?(?:app(?<app>\/(?:[\w-]+\/)*)route\.\w+|pages(?<pages>\/api\/[\w/-]+)\.\w+)$/;

function findHealthCheck(files: RepositoryFiles): Sighting<string> {
  for (const word of HEALTH_WORDS) {
    const route = new RegExp(String.raw`["'\`](?<path>(?:/[\w-]+)*/${word})/?["'\`]`, 'i');
    for (const [path, text] of sourcesOf(files)) {
      const ofFile = NEXT_ROUTE.exec(path)?.groups;
      const byFile = (ofFile?.['app'] ?? ofFile?.['pages'])?.replace(/\/$/, '');
      if (byFile?.endsWith(`/${word}`) === true) return { value: byFile, seenIn: path };
      const found = route.exec(text)?.groups?.['path'];
      if (found !== undefined) return { value: found, seenIn: path };
    }
  }
  return { value: '/', seenIn: null };
}

/** In a fixed order, what is nearer to the root first; tests ask for paths that a service need not have. */
function sourcesOf(files: RepositoryFiles): readonly (readonly [string, string])[] {
  return [...files]
    .filter(([path]) => /\.(?:py|rs|[cm]?[jt]sx?)$/.test(path) && !/(?:^|[/._-])tests?(?:[/._-]|$)/.test(path))
    .sort(([a], [b]) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
}
