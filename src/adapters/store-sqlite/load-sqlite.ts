import type * as sqlite from 'node:sqlite';
import { StoreError } from '../../errors/xgen-error.ts';

export type SqliteModule = typeof sqlite;

/**
 * Loads Node's SQLite on first use (2 ms that other commands need not pay). Node 22 prints an ExperimentalWarning while
 * the module is loaded; loading is synchronous, so that exactly this one warning is held back and no other.
 */
export function loadSqlite(): SqliteModule {
  const emitWarning = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } catch (cause) {
    throw new StoreError({
      code: 'STORE_FAILED',
      message: `Node ${process.version} has no SQLite`,
      hint: 'run xgen-build with Node 22.22.3 or later, or 24.15 or later',
      cause,
    });
  } finally {
    if (emitWarning !== undefined) Object.defineProperty(process, 'emitWarning', emitWarning);
  }
}
