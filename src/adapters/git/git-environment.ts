import type { Login } from '../../ports/credentials.ts';
import { isHttp, originOf, schemeOf } from './source-url.ts';

/** A git configuration key and its value. */
export type Setting = readonly [key: string, value: string];
export type Environment = Readonly<Record<string, string | undefined>>;

const PROGRAM_VARIABLES = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'SSH_AUTH_SOCK'];
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'all_proxy', 'ALL_PROXY'];
const CA_VARIABLES = ['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_PROXY_SSL_CAINFO', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
/**
 * What git may read of this process' environment. Nothing else: GIT_DIR, GIT_TRACE, GIT_CONFIG_PARAMETERS or GIT_ASKPASS
 * would change what is done, or show secrets.
 */
const PASSED_ON = [...PROGRAM_VARIABLES, ...PROXY_VARIABLES, ...CA_VARIABLES, 'GIT_EXEC_PATH', 'CURL_CA_BUNDLE'];

/** Repositories decide nothing: no hooks, no filters, no file monitor, no housekeeping of git's own. */
const ISOLATION: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.alternateRefsCommand', 'true'],
  ['core.fileMode', 'true'],
  ['core.symlinks', 'true'],
  ['core.autocrlf', 'false'],
  // ctime and inode too: a file that was changed and given back its size and its time is noticed.
  ['core.trustctime', 'true'],
  ['core.checkStat', 'default'],
  ['credential.helper', ''],
  // Mirrors and trees are copies: what a crash of the machine damages is noticed and made anew.
  ['core.fsync', 'none'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // Fetches stay packs: thousands of loose objects would slow every later fetch.
  ['transfer.unpackLimit', '1'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['log.showSignature', 'false'],
  ['i18n.logOutputEncoding', 'UTF-8'],
  // The cache may be a volume that belongs to another user.
  ['safe.directory', '*'],
  ['protocol.allow', 'never'],
];

/**
 * The environment of a git that reaches no server: nothing of the user's or the system's git configuration, no prompt,
 * messages in English for `classifyGitFailure`.
 */
export function localEnvironment(environment: Environment): Record<string, string> {
  return { ...baseEnvironment(environment), ...settingVariables([...ISOLATION, ...platformSettings()]) };
}

/** How a login reaches the server: with the first request, or when the server asks for it. */
export type LoginManner = 'at-once' | 'when-asked';

export interface RemoteAccess {
  readonly url: string;
  readonly login: Login | null;
  readonly manner: LoginManner;
  /** The user's own settings that a server is not reached without. */
  readonly network: readonly Setting[];
}

/**
 * The environment of a git that talks to the server of `url`: as `localEnvironment`, with the scheme allowed, with the
 * user's `network` settings, and with a login that only that server is given. A header goes out at once and saves the
 * round of being refused first, but git would send it to a server that the first one redirects to as well: redirects are
 * off then. A helper is asked for the login of one host, and git asks again for another.
 */
export function remoteEnvironment(environment: Environment, access: RemoteAccess): Record<string, string> {
  const { url, network, manner } = access;
  const scheme = schemeOf(url);
  const login = isHttp(url) ? access.login : null;
  return {
    ...baseEnvironment(environment),
    ...(scheme === 'ssh' ? sshVariables(environment) : {}),
    ...(login === null || manner === 'at-once' ? {} : loginVariables(login)),
    ...settingVariables([
      ...ISOLATION,
      ...platformSettings(),
      ...network,
      [`protocol.${scheme}.allow`, 'always'],
      ...(login === null ? [] : loginSettings(login, access)),
    ]),
  };
}

function loginSettings(login: Login, { url, manner }: RemoteAccess): readonly Setting[] {
  const origin = originOf(url);
  if (manner === 'when-asked') return [[`credential.${origin}.helper`, LOGIN_HELPER]];
  return [
    [`http.${origin}/.extraHeader`, `Authorization: ${basicLogin(login)}`],
    ['http.followRedirects', 'false'],
  ];
}

/** The value of an `Authorization` header. */
export function basicLogin(login: Login): string {
  return `Basic ${Buffer.from(`${usernameOf(login)}:${login.password}`, 'utf8').toString('base64')}`;
}

/** Says the login out of its environment; the text itself, which is in the environment too, holds none. */
const LOGIN_HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$XGEN_GIT_USERNAME" "$XGEN_GIT_PASSWORD"; }; f';

/** GitLab and GitHub take any user name beside a token; GitLab's documentation says `oauth2`. */
const TOKEN_USERNAME = 'oauth2';

function usernameOf(login: Login): string {
  return login.username === '' ? TOKEN_USERNAME : login.username;
}

function loginVariables(login: Login): Record<string, string> {
  return { XGEN_GIT_USERNAME: usernameOf(login), XGEN_GIT_PASSWORD: login.password };
}

/** The user's ssh, its configuration and keys, without a question. A user's own options win: ssh takes the first. */
function sshVariables(environment: Environment): Record<string, string> {
  const command = environment['GIT_SSH_COMMAND'] ?? '';
  const base = command === '' ? 'ssh' : command;
  return {
    GIT_SSH_COMMAND: `${base} -o BatchMode=yes -o ConnectTimeout=15`,
    ...(environment['GIT_SSH_VARIANT'] === undefined ? {} : { GIT_SSH_VARIANT: environment['GIT_SSH_VARIANT'] }),
  };
}

function baseEnvironment(environment: Environment): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = environment[name];
    if (value !== undefined) passed[name] = value;
  }
  return {
    ...passed,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
}

/** Git on Linux refuses names that only Windows cannot have (`a\b`, `a:b`) as long as this is on. */
function platformSettings(): readonly Setting[] {
  return process.platform === 'linux' ? [['core.protectNTFS', 'false']] : [];
}

/** Configuration by environment (git 2.31): in no file, and in no argument. */
export function settingVariables(settings: readonly Setting[]): Record<string, string> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}
