import { invalid, type Found } from './parse-login.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `nexus-credentials` → `XGEN_CREDENTIAL_NEXUS_CREDENTIALS`. */
export function variableOf(credentialId: string): string {
  return `XGEN_CREDENTIAL_${credentialId.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/**
 * Reads the variable, or the two that hold user name and password apart. An empty one counts as not set: CI systems
 * hand over unset variables so. Throws CREDENTIAL_INVALID where only one of the two is set.
 */
export function findInEnvironment(environment: Environment, credentialId: string): Found | null {
  const name = variableOf(credentialId);
  const text = environment[name] ?? '';
  if (text !== '') return { kind: 'text', text, from: `environment ${name}` };
  const username = environment[`${name}_USERNAME`] ?? '';
  const password = environment[`${name}_PASSWORD`] ?? '';
  if (username === '' && password === '') return null;
  if (password === '') throw invalid(`environment ${name}_USERNAME`, `has no password: ${name}_PASSWORD is not set`);
  if (username === '') throw invalid(`environment ${name}_PASSWORD`, `has no user name: ${name}_USERNAME is not set`);
  return { kind: 'pair', username, password, from: `environment ${name}_USERNAME and ${name}_PASSWORD` };
}
