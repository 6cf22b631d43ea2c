import { CredentialError } from '../../errors/xgen-error.ts';
import type { CredentialUse, Login } from '../../ports/credentials.ts';

/** A credential as it was found: one text, a token, or user name and password apart. */
export type Found =
  | { readonly kind: 'text'; readonly text: string; readonly from: string }
  | { readonly kind: 'token'; readonly token: string; readonly from: string }
  | { readonly kind: 'pair'; readonly username: string; readonly password: string; readonly from: string };

/** A longer one is a mistake: a file that is no credential. BuildKit takes secrets of up to 500 KB. */
export const MAX_CREDENTIAL_BYTES = 500 * 1024;

/**
 * The login in what was found: `user:password` (the password may hold colons) or a bare token. A secret for a build is
 * taken whole, and may have several lines: a key file does. One trailing newline is dropped.
 * Throws CREDENTIAL_INVALID, which never quotes the secret.
 */
export function parseLogin(found: Found, use: CredentialUse['kind']): Login {
  const { from } = found;
  if (found.kind === 'pair') {
    const username = dropNewline(found.username);
    const password = dropNewline(found.password);
    checkPart({ text: username, what: 'user name', from, use });
    checkPart({ text: password, what: 'password', from, use });
    return { username, password, from };
  }
  if (found.kind === 'token') {
    const password = dropNewline(found.token);
    checkPart({ text: password, what: 'token', from, use });
    return { username: '', password, from };
  }
  const text = dropNewline(found.text);
  const colon = use === 'secret' ? -1 : text.indexOf(':');
  const username = text.slice(0, Math.max(0, colon));
  const password = text.slice(colon + 1);
  if (colon === 0) throw invalid(from, 'begins with ":": the user name is missing');
  if (colon > 0) checkPart({ text: username, what: 'user name', from, use });
  checkPart({ text: password, what: colon > 0 ? 'password' : 'token', from, use });
  return { username, password, from };
}

function checkPart({ text, what, from, use }: { text: string; what: string; from: string; use: string }): void {
  if (text === '') throw invalid(from, `has an empty ${what}`);
  if (text.includes('\0')) throw invalid(from, `has a NUL byte in its ${what}`);
  if (use !== 'secret' && /[\r\n]/.test(text)) throw invalid(from, `has a line break inside its ${what}`);
}

function dropNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

export function invalid(from: string, why: string): CredentialError {
  return new CredentialError({
    code: 'CREDENTIAL_INVALID',
    message: `the credential from ${from} ${why}`,
    hint: 'write it as user:password or as a bare token, on one line',
    facts: { from },
  });
}
