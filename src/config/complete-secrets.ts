import { resolve } from 'node:path';
import type { SecretConfiguration } from './configuration.ts';
import type { BuildSecret } from './schema-build.ts';

/** Secrets with the one place that each is read from; files as absolute paths. */
export function completeSecrets(infraRoot: string, secrets: readonly BuildSecret[]): SecretConfiguration[] {
  return secrets.map((secret) => completeSecret(infraRoot, secret));
}

function completeSecret(infraRoot: string, { id, file, env, credentialId }: BuildSecret): SecretConfiguration {
  if (file !== undefined) return { id, kind: 'file', path: resolve(infraRoot, file) };
  if (env !== undefined) return { id, kind: 'env', variable: env };
  if (credentialId !== undefined) return { id, kind: 'credential', credentialId };
  throw new TypeError(`the files were not checked: the secret ${id} has no source`);
}
