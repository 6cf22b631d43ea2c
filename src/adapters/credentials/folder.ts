import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, MAX_CREDENTIAL_BYTES, type Found } from './parse-login.ts';
import { CredentialError, messageOf } from '../../errors/xgen-error.ts';

/**
 * Reads a credential from the credentials folder: a folder of the id's name with `username` and `password` or `token`,
 * as Kubernetes mounts a Secret, or one file. Null where there is none.
 * Throws CREDENTIAL_INVALID, also for an id that would leave the folder.
 */
export async function findInFolder(folder: string, credentialId: string): Promise<Found | null> {
  if (!isPlainName(credentialId)) {
    throw new CredentialError({
      code: 'CREDENTIAL_INVALID',
      message: `credentialId "${credentialId}" cannot be the name of a file in ${folder}`,
      hint: 'use letters, digits, and . _ - between them',
    });
  }
  const place = join(folder, credentialId);
  const status = await read(place, () => stat(place));
  if (status === null) return null;
  if (!status.isDirectory()) {
    const text = await readSmall(place);
    return text === null ? null : { kind: 'text', text, from: `file ${place}` };
  }
  const [username, password, token] = await Promise.all(
    ['username', 'password', 'token'].map((name) => readSmall(join(place, name))),
  );
  const from = `folder ${place}`;
  if (typeof username === 'string' && typeof password === 'string') return { kind: 'pair', username, password, from };
  // A Secret with a password alone is a token by another name; one with a user name alone is half of one.
  const bare = token ?? (typeof username === 'string' ? null : password) ?? null;
  if (bare !== null) return { kind: 'token', token: bare, from };
  throw invalid(from, 'is not whole: it needs the files username and password, or token');
}

export function isPlainName(id: string): boolean {
  return /^[A-Za-z0-9_][\w.-]{0,127}$/.test(id) && !id.includes('..');
}

async function readSmall(path: string): Promise<string | null> {
  return read(path, async () => {
    const { size } = await stat(path);
    if (size > MAX_CREDENTIAL_BYTES) throw invalid(`file ${path}`, `is longer than ${MAX_CREDENTIAL_BYTES} bytes`);
    return readFile(path, 'utf8');
  });
}

async function read<T>(path: string, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CredentialError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new CredentialError({
      code: 'CREDENTIAL_INVALID',
      message: `the credential in ${path} cannot be read: ${messageOf(error)}`,
      hint: `give this user the right to read it: ls -l ${path}`,
      cause: error,
    });
  }
}
