import { statfsSync } from 'node:fs';
import { messageOf, StoreError, XgenError } from '../../errors/xgen-error.ts';
import { DELETE_HINT } from './rows.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); extended ones hold them in their low byte. */
const SQLITE = {
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/** A file system with less left than this counts as full: SQLite reports some full disks as a plain I/O error. */
const FULL_BELOW_BYTES = 256 * 1024;

/** True where another process holds the database for the moment, and asking again helps. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === SQLITE.busy || code === SQLITE.locked;
}

/** Anything else that is thrown in a transaction is a fault of this program, which no words about disks explain. */
export function isFromSqlite(thrown: unknown): boolean {
  return resultCode(thrown) !== null;
}

/** The failure of a state operation in words. Our own errors pass through. `path` is the file or folder it was about. */
export function storeError(thrown: unknown, path: string): XgenError {
  if (thrown instanceof XgenError) return thrown;
  const code = resultCode(thrown);
  if (code === SQLITE.full || isDiskFull(thrown) || (code === SQLITE.ioerr && hasNoSpace(path)))
    return diskFull(path, thrown);
  if (code === SQLITE.busy || code === SQLITE.locked)
    return failed(path, thrown, {
      message: `another process has kept the state ${path} locked for too long`,
      hint: 'look for a hanging xgen-build or a backup program that holds the file, end it and run again',
    });
  if (code === SQLITE.corrupt || code === SQLITE.notadb)
    return failed(path, thrown, { message: `the state ${path} is damaged (${messageOf(thrown)})`, hint: DELETE_HINT });
  if (code === SQLITE.perm || code === SQLITE.readonly || code === SQLITE.cantopen || isRefused(thrown))
    return failed(path, thrown, {
      message: `the state ${path} cannot be opened for writing (${messageOf(thrown)})`,
      hint: 'give this user the right to write there, or name another folder with --state or XGEN_STATE_DIR',
    });
  return failed(path, thrown, {
    message: `the state ${path} could not be read or written (${messageOf(thrown)})`,
    hint: `it must be on a local disk. Else ${DELETE_HINT}`,
  });
}

export function diskFull(path: string, cause: unknown): StoreError {
  return new StoreError({
    code: 'DISK_FULL',
    message: `the disk of ${path} is full`,
    hint: `make room there (df -h ${path}), or name another folder with --state or XGEN_STATE_DIR`,
    facts: { path },
    cause,
  });
}

/** True for the operating system's own words for a full disk or a spent quota. */
export function isDiskFull(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function isRefused(thrown: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR'].includes(systemCode(thrown));
}

function failed(path: string, cause: unknown, text: { message: string; hint: string }): StoreError {
  return new StoreError({ code: 'STORE_FAILED', ...text, facts: { path }, cause });
}

function hasNoSpace(path: string): boolean {
  try {
    const disk = statfsSync(path);
    return disk.bavail * disk.bsize < FULL_BELOW_BYTES;
  } catch {
    return false;
  }
}

function resultCode(thrown: unknown): number | null {
  const isNumbered = thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number';
  return isNumbered ? (thrown.errcode as number) & 0xff : null;
}

function systemCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
