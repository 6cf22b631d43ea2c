import { settingVariables, type Environment, type Setting } from './git-environment.ts';
import { runGit } from './run-git.ts';

/** What may come over from the user's git configuration: proxies and CA files, in general or for one address. */
const NETWORK_KEY =
  /^http\.(?:.+\.)?(?:proxy|proxyauthmethod|proxysslcainfo|proxysslcert|proxysslkey|sslcainfo|sslcapath|sslcert|sslkey)$/i;

const READ_LIMIT_MS = 10_000;

/**
 * The proxy and CA settings of the user's and the system's git configuration; a company's network is not reached without
 * them. Empty where git reads none. Throws the signal's AbortReason.
 */
export async function readNetworkSettings(environment: Environment, signal: AbortSignal): Promise<readonly Setting[]> {
  const end = await runGit({
    args: ['config', '--null', '--includes', '--get-regexp', '^http\\.'],
    env: configurationEnvironment(environment),
    timeoutMs: READ_LIMIT_MS,
    signal,
  });
  return end.exitCode === 0 ? pickNetworkSettings(end.stdout.toString('utf8')) : [];
}

/** Picks the allowed settings out of `git config --null --get-regexp`: key, line break, value, NUL. */
export function pickNetworkSettings(listing: string): readonly Setting[] {
  return listing.split('\0').flatMap((entry): Setting[] => {
    const end = entry.indexOf('\n');
    const key = end < 0 ? entry : entry.slice(0, end);
    return end > 0 && NETWORK_KEY.test(key) ? [[key, entry.slice(end + 1)]] : [];
  });
}

/** The passwords of proxies (`http://user:password@proxy`), for the redactor. */
export function proxyPasswords(settings: readonly Setting[], environment: Environment): readonly string[] {
  const fromEnvironment = Object.entries(environment).flatMap(([name, value]) =>
    /_proxy$/i.test(name) && value !== undefined ? [value] : [],
  );
  return [...settings.map(([, value]) => value), ...fromEnvironment].flatMap((address) => {
    const password = URL.canParse(address) ? new URL(address).password : '';
    return password === '' ? [] : [password, decode(password)];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Outside any repository, and with the files that the user's git reads. */
function configurationEnvironment(environment: Environment): Record<string, string> {
  const names = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'];
  const passed = names.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), ...settingVariables([]), GIT_CEILING_DIRECTORIES: '/', LC_ALL: 'C' };
}
