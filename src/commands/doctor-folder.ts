import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../errors/xgen-error.ts';
import type { Examination, Finding } from './doctor-finding.ts';
import { shellWord } from '../values/shell-word.ts';

/** A folder that builds write to. */
export interface WrittenFolder {
  /** `disk state` */
  readonly name: string;
  /** Absolute. It is made when it is first written to, so it need not be there. */
  readonly path: string;
  /** Where another folder is named: `XGEN_STATE_DIR`. */
  readonly variable: string;
  /** A cache may be taken away between builds. */
  readonly isCache: boolean;
}

const ERROR_BELOW_BYTES = 500e6;
const WARNING_BELOW_BYTES = 5e9;

/** Whether there is room: an error below 500 MB, a warning below 5 GB. */
export function judgeRoom(freeBytes: number): Finding['status'] {
  if (freeBytes < ERROR_BELOW_BYTES) return 'error';
  return freeBytes < WARNING_BELOW_BYTES ? 'warning' : 'ok';
}

/** `77.3 GB`, `412 MB`; powers of ten, as `df -H` says them. Rounded down: room is never overstated. */
export function roomText(bytes: number): string {
  return bytes < 1e9 ? `${Math.floor(bytes / 1e6)} MB` : `${(Math.floor(bytes / 1e8) / 10).toFixed(1)} GB`;
}

/** Looks whether the folder may be written to and its disk has room; writes nothing. */
export function folderExamination(folder: WrittenFolder): Examination {
  return { name: folder.name, examine: () => examineFolder(folder) };
}

async function examineFolder(folder: WrittenFolder): Promise<Finding> {
  const { name, path, variable } = folder;
  const problem = await problemOf(path);
  if (problem !== null) {
    return {
      name,
      status: 'error',
      detail: problem.detail,
      fix: `${problem.fix}, or set ${variable} to another folder`,
    };
  }
  const place = await nearestExisting(path);
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  const status = judgeRoom(free);
  const detail = `${roomText(free)} free for ${path}`;
  return { name, status, detail, fix: status === 'ok' ? null : roomFix(folder, place) };
}

/** What makes room; `place` is the folder of the path that is there. */
export function roomFix({ path, variable, isCache }: WrittenFolder, place: string): string {
  const other = `or set ${variable} to a folder on a larger disk`;
  return isCache && place === path
    ? `while no build runs: rm -rf ${shellWord(path)} (it is filled again), ${other}`
    : `make room on the disk (df -H ${shellWord(place)}), ${other}`;
}

/** What keeps the folder from being written to; null where nothing does. */
async function problemOf(path: string): Promise<FolderProblem | null> {
  let at = path;
  try {
    at = await nearestExisting(path);
    if (!(await stat(at)).isDirectory()) {
      return { detail: `${at} is a file, and a folder is needed there`, fix: 'move the file away' };
    }
    await access(at, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return describeRefusal(at, error);
  }
}

export interface FolderProblem {
  readonly detail: string;
  readonly fix: string;
}

/** Why the system does not let us write to a folder. */
export function describeRefusal(folder: string, error: unknown): FolderProblem {
  const reason = REASONS[codeOf(error)] ?? `cannot be used: ${messageOf(error)}`;
  return {
    detail: `${folder} ${reason}`,
    fix: `give this user the right to write there (ls -ld ${shellWord(folder)})`,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be written to by this user',
  EPERM: 'may not be written to by this user',
  EROFS: 'is on a disk that is mounted read-only',
};

/** The folder itself, or the nearest one above it that is there. */
async function nearestExisting(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const isAbsent = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
    if (!isAbsent || dirname(path) === path) throw error;
    return nearestExisting(dirname(path));
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
