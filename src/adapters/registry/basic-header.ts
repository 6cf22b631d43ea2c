import type { Login } from '../../ports/credentials.ts';

/** Registries that take a bare token in a basic login take it with any user name, but not with an empty one. */
export function basicHeader(login: Login): string {
  const user = login.username === '' ? 'token' : login.username;
  return `Basic ${Buffer.from(`${user}:${login.password}`, 'utf8').toString('base64')}`;
}
