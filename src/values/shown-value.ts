/** Words that say so wherever they stand in a name. */
const SECRET_WORDS =
  /(?:^|_)(?:PASS|[A-Z0-9]*(?:PASSWD|PASSWORD|PASSPHRASE|SECRET|TOKEN|API_?KEY)S?|CREDENTIALS?)(?:_|$)/;
/** Words that say so at the end of a name: `AUTH_URL` and `ACCESS_KEY_ID` are no secrets. */
const LAST_WORDS = /(?:^|_)(?:AUTH|PAT|PWD|CREDS?|(?:ACCESS|PRIVATE|SIGNING|ENCRYPTION|SSH)_?KEY)$/;
/** Tokens and keys that say by their beginning what they are. */
const KNOWN_TOKEN =
  /(?:^|[^A-Za-z0-9])(?:gl[a-z]{2,4}-|gh[opsru]_|github_pat_|npm_|pypi-|dckr_pat_|xox[a-z]-|sk-|AKIA)[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Up to the last `@` before the path: a password may hold one itself. */
const LOGIN = /\/\/[^\s/]+@/g;

/** True for a name that says its value is one to keep to oneself: `NPM_TOKEN`, `dbPassword`, `GITHUB_PAT`. */
export function soundsSecret(name: string): boolean {
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
  return SECRET_WORDS.test(words) || LAST_WORDS.test(words);
}

/** True for an address with a login in it (`http://user:password@proxy`), and for a token of a known form. */
export function looksSecret(value: string): boolean {
  return value.search(LOGIN) >= 0 || KNOWN_TOKEN.test(value);
}

/** The value as it may be shown: logins in addresses, tokens, and values whose name sounds secret, are `***`. */
export function shownValue(name: string, value: string): string {
  return soundsSecret(name) || KNOWN_TOKEN.test(value) ? '***' : value.replaceAll(LOGIN, '//***@');
}

/** Build arguments as they may be shown. */
export function shownArgs(args: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, shownValue(name, value)]));
}
