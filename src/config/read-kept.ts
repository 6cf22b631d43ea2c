import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { deepFreeze, type Configuration } from './configuration.ts';
import { CONFIG_FILES } from './not-built-yet.ts';

/** Files of the configuration by path. */
type Contents = ReadonlyMap<string, Buffer>;

/**
 * The configuration of a folder, out of what was kept when the very same bytes were read and checked by the very same
 * program; else by `load`, which is given those bytes. Checking takes longer than all else that is done before the git
 * server is asked. Nothing is kept of files with faults. Where nothing can be kept, it is as if it were not tried.
 */
export async function readKept(read: {
  readonly configDir: string;
  /** Where it is kept. */
  readonly directory: string;
  /** The file of the program: another one, or the same built again, may check otherwise. Null: nothing is kept. */
  readonly program: string | null;
  readonly load: (readFile: (path: string) => Promise<Buffer>) => Promise<Configuration>;
}): Promise<Configuration> {
  const { configDir, directory, program, load } = read;
  const identity = program === null ? null : await identityOf(program);
  const contents = identity === null ? null : await readContents(resolve(configDir));
  if (contents === null) return load(readFile);
  const file = join(directory, keyOf([identity, resolve(configDir)], contents));
  const kept = await readJson(file);
  if (kept !== null) return deepFreeze(kept);
  const configuration = await load(async (path) => contents.get(path) ?? readFile(path));
  await keep(directory, file, configuration).catch(() => undefined);
  return configuration;
}

/** Null where one of them cannot be read: the error is told by who loads. */
async function readContents(folder: string): Promise<Contents | null> {
  const paths = CONFIG_FILES.map((name) => join(folder, `${name}.yaml`));
  const read = await Promise.all(paths.map(async (path) => readFile(path).catch(() => null)));
  const contents = new Map<string, Buffer>();
  for (const [index, path] of paths.entries()) {
    const bytes = read[index];
    if (bytes == null) return null;
    contents.set(path, bytes);
  }
  return contents;
}

/** Null where there is no such file. */
async function identityOf(program: string): Promise<string | null> {
  const found = await stat(program).catch(() => null);
  if (found === null) return null;
  const { dev, ino, mtimeMs, ctimeMs, size } = found;
  return [program, dev, ino, mtimeMs, ctimeMs, size, process.version].join(' ');
}

function keyOf(names: readonly unknown[], contents: Contents): string {
  const hash = createHash('sha256').update(JSON.stringify(names));
  for (const bytes of contents.values()) hash.update(`${String(bytes.length)}\n`).update(bytes);
  return `${hash.digest('hex')}.json`;
}

async function readJson(file: string): Promise<Configuration | null> {
  try {
    const { configuration, sha256 } = JSON.parse(await readFile(file, 'utf8')) as {
      configuration: string;
      sha256: string;
    };
    return sha256 === sha256Of(configuration) ? (JSON.parse(configuration) as Configuration) : null;
  } catch {
    return null;
  }
}

/** How many are kept: of a few infra repositories, and of the same one back and forth. */
const MOST_KEPT = 16;

async function keep(directory: string, file: string, configuration: Configuration): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = await readdir(directory);
  if (names.length >= MOST_KEPT) for (const name of names) await rm(join(directory, name), { force: true });
  const text = JSON.stringify(configuration);
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify({ sha256: sha256Of(text), configuration: text }), { mode: 0o600 });
  await rename(draft, file);
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
