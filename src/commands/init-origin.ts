/** Where a repository comes from, as far as git's own configuration tells. */
export interface Origin {
  readonly forge: 'gitlab' | 'github';
  /** `https://gitlab.example.com`, without a login. */
  readonly url: string;
  readonly group: string;
  readonly repo: string;
}

/** The address of the remote `origin` in the text of `.git/config`; null where there is none. */
export function originOf(gitConfig: string): string | null {
  const section = /^\[remote "origin"\](?<body>[^[]*)/m.exec(gitConfig)?.groups?.['body'] ?? '';
  return /^\s*url\s*=\s*(?<url>\S+)\s*$/m.exec(section)?.groups?.['url'] ?? null;
}

/** The branch that `.git/HEAD` names; null for a commit without one. */
export function branchOf(head: string): string | null {
  return /^ref: refs\/heads\/(?<branch>\S+)\s*$/.exec(head)?.groups?.['branch'] ?? null;
}

/** An address that git fetches from, taken apart; null for one of another form (a local folder). */
export function parseOrigin(address: string): Origin | null {
  const scp = /^(?<user>[\w.-]+@)(?<host>[\w.-]+):(?<path>[^/].*)$/.exec(address)?.groups;
  const url = scp === undefined ? address : `ssh://${scp['user'] ?? ''}${scp['host'] ?? ''}/${scp['path'] ?? ''}`;
  if (!URL.canParse(url)) return null;
  const { protocol, host, hostname, username, pathname } = new URL(url);
  if (!['https:', 'http:', 'ssh:'].includes(protocol)) return null;
  const parts = pathname
    .replace(/\.git\/?$/, '')
    .split('/')
    .filter((part) => part !== '');
  const repo = parts.pop();
  if (repo === undefined || parts.length === 0) return null;
  // The user of an ssh address is part of it; that of others is a login, which does not belong into a file.
  const user = protocol === 'ssh:' && username !== '' ? `${username}@` : '';
  return {
    forge: hostname === 'github.com' ? 'github' : 'gitlab',
    url: `${protocol}//${user}${host}`,
    group: parts.join('/'),
    repo,
  };
}
