import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UsageError } from '../errors/xgen-error.ts';
import { didYouMean } from '../values/suggest.ts';
import { CONFIG_FILES, type ConfigFile } from './not-built-yet.ts';
import { readYaml, type YamlReading } from './read-yaml.ts';

export interface FileReading extends YamlReading {
  readonly status: 'read' | 'missing' | 'unreadable';
}

export type ReadFile = (path: string) => Promise<Buffer>;

/** Reads the three files. Throws CONFIG_MISSING where the folder is not there or holds none of them. */
export async function readFiles(
  folder: string,
  read: ReadFile = readFile,
): Promise<Readonly<Record<ConfigFile, FileReading>>> {
  const present = await listFolder(folder);
  const readOne = (file: ConfigFile): Promise<FileReading> => readFrom({ folder, present, read }, file);
  const [project, services, environments] = await Promise.all([
    readOne('project'),
    readOne('services'),
    readOne('environments'),
  ]);
  if ([project, services, environments].every((reading) => reading.status === 'missing')) {
    throw noConfiguration(`${folder} holds none of ${CONFIG_FILES.map((file) => `${file}.yaml`).join(', ')}`);
  }
  return { project, services, environments };
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') throw noConfiguration(`there is no folder ${folder}`, error);
    if (code === 'ENOTDIR') throw noConfiguration(`${folder} is not a folder`, error);
    throw noConfiguration(`${folder} cannot be read: ${messageOf(error)}`, error);
  }
}

function noConfiguration(message: string, cause?: unknown): UsageError {
  const hint = 'run it in the infra repository, or name its folder with --config DIR or XGEN_CONFIG_DIR';
  return new UsageError({ code: 'CONFIG_MISSING', message, hint, cause });
}

interface Place {
  readonly folder: string;
  /** Names of what is there. */
  readonly present: readonly string[];
  readonly read: ReadFile;
}

async function readFrom({ folder, present, read }: Place, file: ConfigFile): Promise<FileReading> {
  const name = `${file}.yaml`;
  try {
    return { status: 'read', ...readYaml(await read(join(folder, name))) };
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    const others = present.filter((other) => !CONFIG_FILES.some((known) => `${known}.yaml` === other));
    if (code === 'ENOENT') return failed('missing', `the file is missing${didYouMean(name, others)}`);
    return failed('unreadable', code === 'EISDIR' ? 'is a folder, not a file' : `cannot be read (${code})`);
  }
}

function failed(status: 'missing' | 'unreadable', message: string): FileReading {
  return {
    status,
    tree: null,
    faults: [{ path: [], offset: null, message }],
    positionOf: () => ({ line: 1, column: 1 }),
  };
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
