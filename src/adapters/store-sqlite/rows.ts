import { StoreError } from '../../errors/xgen-error.ts';
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

export type Row = Readonly<Record<string, SQLOutputValue>>;
export type Value = SQLInputValue;

/** The three ways to speak SQL inside a transaction. Statements are prepared once per text. */
export interface Sql {
  all(text: string, values?: readonly Value[]): readonly Row[];
  /** The first row, or null. */
  first(text: string, values?: readonly Value[]): Row | null;
  /** How many rows were changed. */
  run(text: string, values?: readonly Value[]): number;
}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : damaged(column);
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textIn(row, column);
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : damaged(column);
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : numberIn(row, column);
}

/** What this program wrote as JSON; its shape is trusted, that it is JSON is not. */
export function jsonIn(row: Row, column: string): unknown {
  try {
    return JSON.parse(textIn(row, column));
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    return damaged(column);
  }
}

export function jsonOrNull(row: Row, column: string): unknown {
  return row[column] === null ? null : jsonIn(row, column);
}

function damaged(column: string): never {
  throw new StoreError({
    code: 'STORE_FAILED',
    message: `the state holds something unreadable in its column ${column}`,
    hint: DELETE_HINT,
  });
}

/** What to do with a state that is beyond repair. */
export const DELETE_HINT =
  'the state folder may be moved away or deleted: build numbers go on from the registry, only history and logs are lost';
