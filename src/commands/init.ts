import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from '../errors/xgen-error.ts';
import type { CommandOutcome } from './outcome.ts';
import { configurationFiles, dnsName, type InitFacts } from './init-files.ts';
import { KINDS } from './init-kinds.ts';
import { lookAtRepository, type RepositoryFiles } from './init-look.ts';
import { branchOf, originOf, parseOrigin } from './init-origin.ts';
import { initText, type WrittenFile } from './init-text.ts';

export interface InitOptions {
  /** Folder of the service's repository, absolute. */
  readonly repository: string;
  /** Folder of the configuration, absolute; its parent gets the Dockerfiles. */
  readonly configDir: string;
  /** Folder of the Dockerfiles that come with the program. */
  readonly templates: string;
  /** Where paths are shown from. */
  readonly cwd: string;
}

/**
 * Looks at a service's repository and writes the three files, and the Dockerfile of its kind with what goes beside it.
 * What is there already stays as it is. Throws USAGE where the folder is no repository of a known kind.
 */
export async function init(options: InitOptions): Promise<CommandOutcome> {
  const { repository, configDir, templates, cwd } = options;
  const facts = await factsOf(repository);
  const written: WrittenFile[] = [];
  for (const [path, content, mode] of await filesToWrite(facts, { configDir, templates })) {
    const isNew = await writeNew(path, content, mode);
    written.push({ path: relative(cwd, path) || path, isNew });
  }
  return {
    exitCode: 0,
    text: initText({ facts, written, infraRoot: relative(cwd, dirname(configDir)) || '.' }),
    json: { schemaVersion: 1, service: facts.service, site: facts.site, ...facts.looked, files: written },
  };
}

async function factsOf(repository: string): Promise<InitFacts> {
  const files = await readRepository(repository);
  const looked = lookAtRepository(files);
  if (looked === null) {
    throw new UsageError({
      code: 'USAGE',
      message: `${repository} has no pyproject.toml, requirements.txt, Cargo.toml, or package.json with next in it`,
      hint: 'name the folder of a service: xgen-build init FOLDER; for another language write a Dockerfile of your own, and name it in services.yaml',
    });
  }
  const [config, head] = await Promise.all([
    readIfThere(join(repository, '.git/config')),
    readIfThere(join(repository, '.git/HEAD')),
  ]);
  const address = originOf(config);
  const origin = address === null ? null : parseOrigin(address);
  const service = dnsName(origin?.repo ?? basename(repository)) || 'my-service';
  return { service, site: branchOf(head) ?? 'main', looked, origin };
}

type FileToWrite = readonly [path: string, content: string, mode: number];

async function filesToWrite(
  facts: InitFacts,
  { configDir, templates }: Pick<InitOptions, 'configDir' | 'templates'>,
): Promise<readonly FileToWrite[]> {
  const { folder, dockerfile } = KINDS[facts.looked.kind.value];
  const files: FileToWrite[] = Object.entries(configurationFiles(facts)).map(([name, text]) => [
    join(configDir, name),
    text,
    0o644,
  ]);
  for (const name of [dockerfile, '.dockerignore', 'entrypoint.sh']) {
    const content = await readIfThere(join(templates, folder, name));
    if (content === '') continue;
    files.push([join(dirname(configDir), 'dockerfiles', folder, name), content, name.endsWith('.sh') ? 0o755 : 0o644]);
  }
  return files;
}

/** False where there is something of that name already: it is not touched. */
async function writeNew(path: string, content: string, mode: number): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, content, { flag: 'wx', mode });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

const NOT_SOURCE = new Set([
  '.git',
  'node_modules',
  'target',
  '.next',
  '.venv',
  'venv',
  'dist',
  'build',
  '__pycache__',
]);
const DEPTH = 5;
const FILES = 2_000;
const LARGEST_BYTES = 256 * 1024;

/** Sources and manifests with their text, as many as it takes to know what the repository is. Links are not followed. */
async function readRepository(repository: string): Promise<RepositoryFiles> {
  const files = new Map<string, string>();
  const walk = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (files.size >= FILES || NOT_SOURCE.has(entry.name)) continue;
      if (entry.isDirectory() && depth < DEPTH) await walk(path, depth + 1);
      else if (entry.isFile() && /\.(?:py|rs|[cm]?[jt]sx?|toml|json|txt)$/.test(entry.name)) {
        const { size } = await stat(path);
        files.set(relative(repository, path), size > LARGEST_BYTES ? '' : await readFile(path, 'utf8'));
      }
    }
  };
  try {
    await walk(resolve(repository), 0);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError({
      code: 'USAGE',
      message: `${repository} cannot be looked at: ${reason}`,
      hint: 'xgen-build init FOLDER',
      cause: error,
    });
  }
  return files;
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
