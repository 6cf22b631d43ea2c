import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { UsageError } from '../errors/xgen-error.ts';
import { closest } from '../values/suggest.ts';
import { lookup } from '../values/lookup.ts';
import type { Configuration, SecretConfiguration, ServiceConfiguration } from './configuration.ts';

interface PathProblem {
  readonly code: 'DOCKERFILE_MISSING' | 'PATH_OUTSIDE_ROOT';
  readonly line: string;
}

/**
 * Looks on the disk at the paths of the configuration, of the services in `only` or of all: each Dockerfile is a file,
 * and neither it nor a secret file leaves the infra root by a link. A secret file that is not there is no fault here: it
 * may be on the machine that builds alone, and is asked for by the build.
 * Throws PATH_OUTSIDE_ROOT or DOCKERFILE_MISSING with a line of evidence for each.
 */
export async function checkPaths(configuration: Configuration, only?: readonly string[]): Promise<void> {
  const names = only ?? Object.keys(configuration.services);
  const services = names.flatMap((name) => lookup(configuration.services, name) ?? []);
  const root = await realpath(configuration.infraRoot);
  const place: Place = { root, infraRoot: configuration.infraRoot };
  const found = await Promise.all([
    ...services.map((service) => dockerfileProblem(place, service)),
    ...services.flatMap((service) => secretProblems(place, service.secrets, `services.${service.name}.secrets`)),
    ...secretProblems(place, configuration.build.secrets, 'build.secrets'),
  ]);
  const problems = found.flat();
  if (problems.length > 0) throw pathError(problems);
}

interface Place {
  /** The infra root with every link on the way to it resolved. */
  readonly root: string;
  readonly infraRoot: string;
}

function pathError(problems: readonly PathProblem[]): UsageError {
  const code = problems.some((problem) => problem.code === 'PATH_OUTSIDE_ROOT')
    ? 'PATH_OUTSIDE_ROOT'
    : 'DOCKERFILE_MISSING';
  const [first] = problems;
  const isAlone = problems.length === 1 && first !== undefined;
  return new UsageError({
    code,
    message: isAlone ? first.line : `${problems.length} paths of the configuration cannot be used`,
    hint:
      code === 'PATH_OUTSIDE_ROOT'
        ? 'put the file itself below the infra root, not a link to another place'
        : 'mend the path in services.yaml, or add the file to the infra repository',
    evidence: problems.map((problem) => problem.line),
  });
}

async function dockerfileProblem({ root, infraRoot }: Place, service: ServiceConfiguration): Promise<PathProblem[]> {
  const key = `services.${service.name}.dockerfile`;
  const path = join(infraRoot, service.dockerfile);
  const target = await resolveLinks(path);
  if (target === null) {
    const line = `${key}: ${service.dockerfile} is not there${await neighbours(path)}`;
    return [{ code: 'DOCKERFILE_MISSING', line }];
  }
  if (!isInside(root, target)) return [outside(key, service.dockerfile)];
  const { isFile } = await kindOf(target);
  return isFile ? [] : [{ code: 'DOCKERFILE_MISSING', line: `${key}: ${service.dockerfile} is not a file` }];
}

function secretProblems(place: Place, secrets: readonly SecretConfiguration[], key: string): Promise<PathProblem[]>[] {
  return secrets.map(async (secret, index) => {
    // A path that was given as absolute is the machine's own; only a relative one is bound to the infra root.
    if (secret.kind !== 'file' || !isInside(place.infraRoot, secret.path)) return [];
    const target = await resolveLinks(secret.path);
    if (target === null || isInside(place.root, target)) return [];
    return [outside(`${key}[${index}].file`, relative(place.infraRoot, secret.path))];
  });
}

function outside(key: string, path: string): PathProblem {
  return { code: 'PATH_OUTSIDE_ROOT', line: `${key}: ${path} leads out of the infra root by a link` };
}

/** Null where the path, or what a link on it points to, is not there. */
async function resolveLinks(path: string): Promise<string | null> {
  return realpath(path).catch(() => null);
}

function isInside(root: string, path: string): boolean {
  const inner = relative(root, path);
  return inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
}

async function kindOf(path: string): Promise<{ isFile: boolean }> {
  const found = await stat(path).catch(() => null);
  return { isFile: found?.isFile() === true };
}

/** What is in the folder instead: `; did you mean Dockerfile.local?` */
async function neighbours(path: string): Promise<string> {
  const names = await readdir(dirname(path)).catch(() => null);
  if (names === null) return ', nor is its folder';
  const wanted = path.slice(dirname(path).length + 1);
  const near = closest(wanted, names) ?? names.find((name) => name.startsWith('Dockerfile'));
  return near === undefined ? '' : `; did you mean ${near}?`;
}
