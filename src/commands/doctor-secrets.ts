import type { Configuration } from '../config/configuration.ts';
import type { ReadSecret, SecretSource } from '../ports/secrets.ts';
import type { Examination } from './doctor-finding.ts';

/** Every build secret of the configuration, each source once. */
export function secretsOf(configuration: Configuration): readonly SecretSource[] {
  const all = [
    ...configuration.build.secrets,
    ...Object.values(configuration.services).flatMap((service) => service.secrets),
  ];
  return [...new Map(all.map((secret) => [JSON.stringify(secret), secret])).values()];
}

/** Whether each can be read here; what it holds is never shown. */
export function secretExaminations(readSecret: ReadSecret, secrets: readonly SecretSource[]): readonly Examination[] {
  return secrets.map((secret) => {
    const name = `secret ${secret.id}`;
    return {
      name,
      async examine() {
        await readSecret(secret);
        return { name, status: 'ok', detail: `can be read from ${placeOf(secret)}`, fix: null };
      },
    };
  });
}

function placeOf(secret: SecretSource): string {
  if (secret.kind === 'file') return secret.path;
  return secret.kind === 'env' ? `environment ${secret.variable}` : `credential ${secret.credentialId}`;
}
