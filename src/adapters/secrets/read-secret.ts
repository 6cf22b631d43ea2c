import { open } from 'node:fs/promises';
import { CredentialError, messageOf } from '../../errors/xgen-error.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { ReadSecret, SecretSource } from '../../ports/secrets.ts';

export interface SecretReaderOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly credentials: Credentials;
  readonly redactor: Redactor;
}

/** BuildKit takes no larger secret. */
const SIZE_LIMIT_BYTES = 500 * 1024;
/** A shorter line of a secret is likely to be no secret by itself. */
const SHORTEST_LINE = 8;

/**
 * Reads secrets from where the configuration says, each time anew, and hides them from then on: the whole text and, as a
 * build may print one alone, every longer line. Certificates are not hidden: they are public.
 */
export function createSecretReader(options: SecretReaderOptions): ReadSecret {
  return async (source) => {
    const content = await readSource(options, source);
    for (const text of hiddenTexts(content.toString('utf8'))) options.redactor.add(text);
    return content;
  };
}

async function readSource(options: SecretReaderOptions, source: SecretSource): Promise<Buffer> {
  if (source.kind === 'file') return readSecretFile(source);
  if (source.kind === 'env') return readVariable(options, source);
  const { password } = await options.credentials.require(source.credentialId, { kind: 'secret' });
  return Buffer.from(password);
}

function readVariable(options: SecretReaderOptions, source: Extract<SecretSource, { kind: 'env' }>): Buffer {
  const value = options.environment[source.variable];
  if (value !== undefined && value !== '') return Buffer.from(value);
  const hint = `set ${source.variable}, or take the secret out of the configuration`;
  throw missing(source, `the environment variable ${source.variable} is not set`, hint);
}

async function readSecretFile(source: Extract<SecretSource, { kind: 'file' }>): Promise<Buffer> {
  const hint = `put the file there, readable for the user that builds, or change file of the secret "${source.id}"`;
  const content = await readLimited(source.path).catch((error: unknown) => {
    throw missing(source, `the file ${source.path} cannot be read: ${reasonOf(error)}`, hint);
  });
  if (content === null) {
    throw new CredentialError({
      code: 'CREDENTIAL_INVALID',
      message: `the secret "${source.id}" is too large: ${source.path} holds more than ${SIZE_LIMIT_BYTES / 1024} KB`,
      hint: 'give only what the build needs of it',
      facts: { secret: source.id },
    });
  }
  return content;
}

/** Null for a file that is larger than a secret may be. */
async function readLimited(file: string): Promise<Buffer | null> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(SIZE_LIMIT_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (length > SIZE_LIMIT_BYTES) return null;
      if (bytesRead === 0) return buffer.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOENT') return 'it is not there';
  if (code === 'EACCES') return 'permission denied';
  return messageOf(error);
}

function missing(source: SecretSource, reason: string, hint: string): CredentialError {
  return new CredentialError({
    code: 'CREDENTIAL_MISSING',
    message: `the build secret "${source.id}" is missing: ${reason}`,
    hint,
    facts: { secret: source.id },
  });
}

/**
 * What of a secret must not be shown. Certificates are public, and a bundle of them would cost seconds to look for: only
 * what else is in the text is hidden, without the comments and rules that such bundles have between certificates.
 */
export function hiddenTexts(content: string): string[] {
  const withoutCertificates = content.replaceAll(CERTIFICATE, '');
  const isBundle = withoutCertificates !== content;
  const text = (isBundle ? withoutNotes(withoutCertificates) : content).replace(/\s+$/, '');
  if (text === '') return [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [text, ...(lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE && !isFrame(line)) : [])];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;

function withoutNotes(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#') && /[\p{L}\p{N}]/u.test(line));
  return lines.join('\n');
}

function isFrame(line: string): boolean {
  return /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/.test(line);
}
