import { describe, expect, test } from 'vitest';
import { localEnvironment, remoteEnvironment, type Setting } from '../../../src/adapters/git/git-environment.ts';

const LOGIN = { username: 'jiwon', password: 's3cret-token', from: 'a test' };

function settingsOf(env: Record<string, string>): Setting[] {
  return Array.from({ length: Number(env['GIT_CONFIG_COUNT']) }, (_, index): Setting => [
    env[`GIT_CONFIG_KEY_${index}`] ?? '',
    env[`GIT_CONFIG_VALUE_${index}`] ?? '',
  ]);
}

/** As git reads it: the last of equal keys counts. */
function settingOf(env: Record<string, string>, key: string): string | undefined {
  return settingsOf(env).findLast(([name]) => name === key)?.[1];
}

describe('localEnvironment', () => {
  const env = localEnvironment({
    PATH: '/bin',
    HOME: '/home/jiwon',
    GIT_DIR: '/elsewhere',
    GIT_TRACE_CURL: '1',
    GIT_ASKPASS: '/bin/askpass',
    GIT_CONFIG_PARAMETERS: "'core.pager=x'",
    XGEN_CREDENTIAL_GITLAB: 'secret',
  });

  test('passes on what git needs, and nothing that changes what it does or shows secrets', () => {
    expect(env['PATH']).toBe('/bin');
    expect(env['GIT_ASKPASS']).toBe('');
    expect(Object.keys(env)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:GIT_DIR|GIT_TRACE.*|GIT_CONFIG_PARAMETERS|XGEN_.*)$/)]),
    );
  });

  test.each([
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.attributesFile', '/dev/null'],
    ['credential.helper', ''],
    ['protocol.allow', 'never'],
    ['gc.auto', '0'],
  ])('sets %s to %j', (key, value) => {
    expect(settingOf(env, key)).toBe(value);
  });

  test('reads no configuration of the user or the system', () => {
    expect(env).toMatchObject({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' });
  });
});

describe('remoteEnvironment', () => {
  const network: Setting[] = [['http.proxy', 'http://proxy:3128']];

  test('allows the scheme of the address alone', () => {
    const env = remoteEnvironment(
      {},
      { url: 'https://git.example.com/g/r.git', login: null, manner: 'when-asked', network },
    );
    const allowed = settingsOf(env).filter(([key]) => key.startsWith('protocol.'));
    expect(allowed).toEqual([
      ['protocol.allow', 'never'],
      ['protocol.https.allow', 'always'],
    ]);
  });

  test('gives the login to the host of the address alone, and keeps it out of the configuration', () => {
    const env = remoteEnvironment(
      {},
      { url: 'https://git.example.com:8443/g/r.git', login: LOGIN, manner: 'when-asked', network },
    );
    const helper = settingOf(env, 'credential.https://git.example.com:8443.helper');
    expect(helper).toContain('XGEN_GIT_PASSWORD');
    expect(JSON.stringify(settingsOf(env))).not.toContain(LOGIN.password);
    expect(env).toMatchObject({ XGEN_GIT_USERNAME: 'jiwon', XGEN_GIT_PASSWORD: LOGIN.password });
  });

  test('sends a login at once in a header for the host of the address alone, and follows no redirect with it', () => {
    const env = remoteEnvironment(
      {},
      { url: 'https://git.example.com/g/r.git', login: LOGIN, manner: 'at-once', network },
    );
    const basic = Buffer.from(`jiwon:${LOGIN.password}`).toString('base64');
    expect(settingOf(env, 'http.https://git.example.com/.extraHeader')).toBe(`Authorization: Basic ${basic}`);
    expect(settingOf(env, 'http.followRedirects')).toBe('false');
    expect(env['XGEN_GIT_PASSWORD']).toBeUndefined();
  });

  test('says oauth2 beside a bare token', () => {
    const env = remoteEnvironment(
      {},
      { url: 'https://h/r.git', login: { ...LOGIN, username: '' }, manner: 'when-asked', network },
    );
    expect(env['XGEN_GIT_USERNAME']).toBe('oauth2');
  });

  test('gives no login to ssh and to files', () => {
    for (const url of ['ssh://git@h/r.git', 'file:///srv/r.git']) {
      expect(JSON.stringify(remoteEnvironment({}, { url, login: LOGIN, manner: 'when-asked', network }))).not.toContain(
        LOGIN.password,
      );
    }
  });

  test("carries the user's proxy settings over", () => {
    const env = remoteEnvironment(
      { https_proxy: 'http://p' },
      { url: 'https://h/r.git', login: null, manner: 'when-asked', network },
    );
    expect(env['https_proxy']).toBe('http://p');
    expect(settingOf(env, 'http.proxy')).toBe('http://proxy:3128');
  });

  test("uses the user's ssh without a question", () => {
    const ssh = (environment: Record<string, string>): string | undefined =>
      remoteEnvironment(environment, { url: 'ssh://git@h/r.git', login: null, manner: 'when-asked', network: [] })[
        'GIT_SSH_COMMAND'
      ];
    expect(ssh({})).toBe('ssh -o BatchMode=yes -o ConnectTimeout=15');
    expect(ssh({ GIT_SSH_COMMAND: 'ssh -i key' })).toBe('ssh -i key -o BatchMode=yes -o ConnectTimeout=15');
  });
});
