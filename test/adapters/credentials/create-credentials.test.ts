import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCredentials, type AskGitCredential } from '../../../src/adapters/credentials/create-credentials.ts';
import type { HelperAnswer } from '../../../src/adapters/credentials/docker-helper.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';

const ID = 'nexus-credentials';
const VARIABLE = 'XGEN_CREDENTIAL_NEXUS_CREDENTIALS';
const REGISTRY = { kind: 'registry', host: 'docker.x2bee.com' } as const;
const SOURCE = { kind: 'source', url: 'https://gitlab.x2bee.com/xgen/xgen-core.git' } as const;
const SECRET = { kind: 'secret' } as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xgen-credentials-'));
  mkdirSync(join(folder, 'docker'));
  mkdirSync(join(folder, 'mounted'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface World {
  readonly environment?: Readonly<Record<string, string>>;
  /** `id/username` → text, in the credentials folder. */
  readonly mounted?: Readonly<Record<string, string>>;
  readonly docker?: object | string;
  readonly helper?: (helper: string, input: string) => HelperAnswer;
  readonly git?: AskGitCredential;
}

function credentials(world: World) {
  const redactor = createRedactor();
  const helpersRun: string[] = [];
  for (const [path, text] of Object.entries(world.mounted ?? {})) {
    mkdirSync(join(folder, 'mounted', path, '..'), { recursive: true });
    writeFileSync(join(folder, 'mounted', path), text);
  }
  if (world.docker !== undefined) {
    const text = typeof world.docker === 'string' ? world.docker : JSON.stringify(world.docker);
    writeFileSync(join(folder, 'docker', 'config.json'), text);
  }
  const mountedDir = world.mounted === undefined ? {} : { XGEN_CREDENTIALS_DIR: join(folder, 'mounted') };
  const found = createCredentials({
    environment: { ...world.environment, ...mountedDir },
    dockerConfigDir: join(folder, 'docker'),
    askGitCredential: world.git ?? (() => Promise.resolve(null)),
    runHelper: (helper, input) => {
      helpersRun.push(helper);
      if (world.helper === undefined) return Promise.reject(Object.assign(new Error('spawn'), { code: 'ENOENT' }));
      return Promise.resolve(world.helper(helper, input));
    },
    redactor,
  });
  return { found, redactor, helpersRun };
}

const DOCKER_LOGIN = {
  auths: { 'docker.x2bee.com': { auth: Buffer.from('docker-user:docker-pass').toString('base64') } },
};

describe('the order of the places', () => {
  const environment = { [VARIABLE]: 'env-user:env-pass' };
  const mounted = { [`${ID}/username`]: 'mounted-user', [`${ID}/password`]: 'mounted-pass' };

  it('takes the environment before the folder, and that before the Docker configuration', async () => {
    const all = credentials({ environment, mounted, docker: DOCKER_LOGIN });
    expect(await all.found.require(ID, REGISTRY)).toEqual({
      username: 'env-user',
      password: 'env-pass',
      from: `environment ${VARIABLE}`,
    });
    const two = credentials({ mounted, docker: DOCKER_LOGIN });
    expect(await two.found.require(ID, REGISTRY)).toEqual({
      username: 'mounted-user',
      password: 'mounted-pass',
      from: `folder ${join(folder, 'mounted', ID)}`,
    });
    const one = credentials({ docker: DOCKER_LOGIN });
    expect(await one.found.require(ID, REGISTRY)).toEqual({
      username: 'docker-user',
      password: 'docker-pass',
      from: `Docker configuration ${join(folder, 'docker', 'config.json')}`,
    });
  });

  it('asks git for sources alone', async () => {
    const git: AskGitCredential = () => Promise.resolve({ username: 'git-user', password: 'git-pass' });
    const { found } = credentials({ git });
    expect(await found.require('gitlab', SOURCE)).toMatchObject({
      username: 'git-user',
      from: "git's credential helpers",
    });
    await expect(found.require('gitlab', REGISTRY)).rejects.toMatchObject({ code: 'CREDENTIAL_MISSING' });
    await expect(found.require('gitlab', SECRET)).rejects.toMatchObject({ code: 'CREDENTIAL_MISSING' });
  });

  it('finds a login for a host or an address that no credentialId names, or none', async () => {
    const git: AskGitCredential = (url) =>
      Promise.resolve(url === SOURCE.url ? { username: 'git-user', password: 'git-pass' } : null);
    const { found } = credentials({ environment, docker: DOCKER_LOGIN, git });
    expect(await found.find(REGISTRY)).toMatchObject({ username: 'docker-user' });
    expect(await found.find({ kind: 'registry', host: 'ghcr.io' })).toBeNull();
    expect(await found.find(SOURCE)).toMatchObject({ username: 'git-user' });
    expect(await found.find({ kind: 'source', url: 'https://elsewhere.example/x.git' })).toBeNull();
    expect(await found.find(SECRET)).toBeNull();
  });

  it('names the three places when there is none', async () => {
    const { found } = credentials({ mounted: {} });
    await expect(found.require(ID, REGISTRY)).rejects.toMatchObject({
      code: 'CREDENTIAL_MISSING',
      message: `there is no login for credentialId "${ID}", which the registry docker.x2bee.com needs`,
      hint: expect.stringContaining(`set ${VARIABLE} to user:password`),
      evidence: [
        `looked at environment ${VARIABLE}: not set`,
        `looked at folder ${join(folder, 'mounted')}: has no ${ID}`,
        `looked at Docker configuration ${join(folder, 'docker', 'config.json')}: nothing for docker.x2bee.com`,
      ],
    });
    await expect(credentials({}).found.require(ID, SOURCE)).rejects.toMatchObject({
      evidence: [
        `looked at environment ${VARIABLE}: not set`,
        'looked at folder XGEN_CREDENTIALS_DIR: not set',
        `looked at git's credential helpers: nothing for ${SOURCE.url}`,
      ],
    });
  });
});

describe('the environment', () => {
  it.each([
    ['user and password', 'ci:pass', { username: 'ci', password: 'pass' }],
    ['a password with colons', 'ci:pa:ss:', { username: 'ci', password: 'pa:ss:' }],
    ['a bare token', 'glpat-abc', { username: '', password: 'glpat-abc' }],
    ['a trailing newline', 'ci:pass\n', { username: 'ci', password: 'pass' }],
    ['a trailing newline of Windows', 'glpat-abc\r\n', { username: '', password: 'glpat-abc' }],
    ['spaces, which are part of a password', 'ci: pass ', { username: 'ci', password: ' pass ' }],
  ])('may hold %s', async (_, text, expected) => {
    const { found } = credentials({ environment: { [VARIABLE]: text } });
    expect(await found.require(ID, REGISTRY)).toMatchObject(expected);
  });

  it('may hold user name and password apart', async () => {
    const { found } = credentials({
      environment: { [`${VARIABLE}_USERNAME`]: 'ci', [`${VARIABLE}_PASSWORD`]: 'a:b\n' },
    });
    expect(await found.require(ID, REGISTRY)).toMatchObject({ username: 'ci', password: 'a:b' });
  });

  it.each([
    ['a newline inside', { [VARIABLE]: 'ci:hun\nter' }],
    ['a header inside', { [VARIABLE]: 'ci:hunter\r\nX-Evil: 1' }],
    ['two newlines at the end', { [VARIABLE]: 'ci:hunter\n\n' }],
    ['a NUL byte', { [VARIABLE]: 'ci:hun\0ter' }],
    ['no password', { [VARIABLE]: 'ci:' }],
    ['no user name', { [VARIABLE]: ':hunter' }],
    ['nothing but a newline', { [VARIABLE]: '\n' }],
    ['a user name alone', { [`${VARIABLE}_USERNAME`]: 'ci' }],
    ['a password alone', { [`${VARIABLE}_PASSWORD`]: 'hunter' }],
    ['a newline in the user name', { [`${VARIABLE}_USERNAME`]: 'c\ni', [`${VARIABLE}_PASSWORD`]: 'hunter' }],
  ])('is refused with %s, without quoting it', async (_, environment) => {
    const { found } = credentials({ environment });
    const failure: unknown = await found.require(ID, REGISTRY).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'CREDENTIAL_INVALID', message: expect.stringContaining(VARIABLE) });
    expect(failure).toMatchObject({ message: expect.stringContaining(`credentialId "${ID}"`) });
    expect(JSON.stringify([failure, String(failure)])).not.toMatch(/hun.?ter|Evil/);
  });

  it('counts as not set where it is empty', async () => {
    const { found } = credentials({ environment: { [VARIABLE]: '' }, docker: DOCKER_LOGIN });
    expect(await found.require(ID, REGISTRY)).toMatchObject({ username: 'docker-user' });
  });
});

describe('the folder', () => {
  it.each([
    [
      'user name and password',
      { [`${ID}/username`]: 'ci\n', [`${ID}/password`]: 'pass\n' },
      { username: 'ci', password: 'pass' },
    ],
    ['a token', { [`${ID}/token`]: 'tok-1\n' }, { username: '', password: 'tok-1' }],
    ['a password alone', { [`${ID}/password`]: 'tok-2' }, { username: '', password: 'tok-2' }],
    ['one file', { [ID]: 'ci:pass\n' }, { username: 'ci', password: 'pass' }],
    ['a token with a colon', { [`${ID}/token`]: 'a:b' }, { username: '', password: 'a:b' }],
  ])('may hold %s', async (_, mounted, expected) => {
    expect(await credentials({ mounted }).found.require(ID, REGISTRY)).toMatchObject(expected);
  });

  it('is read as Kubernetes mounts a Secret: through links', async () => {
    const { found } = credentials({ mounted: { '..2026/username': 'ci', '..2026/password': 'pass' } });
    mkdirSync(join(folder, 'mounted', ID));
    for (const name of ['username', 'password']) {
      symlinkSync(join(folder, 'mounted', '..2026', name), join(folder, 'mounted', ID, name));
    }
    expect(await found.require(ID, REGISTRY)).toMatchObject({ username: 'ci', password: 'pass' });
  });

  it.each(['../mounted2', 'a/b', '..', '.', '/etc/passwd', 'a\0b', '', 'a\nb'])(
    'is never left by the id %j',
    async (id) => {
      writeFileSync(join(folder, 'mounted2'), 'ci:pass');
      const { found } = credentials({ mounted: {} });
      await expect(found.require(id, REGISTRY)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' });
    },
  );

  it('is refused where it is half there, or holds a line break', async () => {
    const half = credentials({ mounted: { [`${ID}/username`]: 'ci' } });
    await expect(half.found.require(ID, REGISTRY)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' });
    const broken = credentials({ mounted: { [`${ID}/username`]: 'ci', [`${ID}/password`]: 'a\nb' } });
    await expect(broken.found.require(ID, REGISTRY)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' });
  });

  it('is refused where a file is no credential', async () => {
    const { found } = credentials({ mounted: { [ID]: 'x'.repeat(600_000) } });
    await expect(found.require(ID, REGISTRY)).rejects.toThrow(/longer than/);
  });
});

describe('a secret for a build', () => {
  it('is taken whole, with colons and lines', async () => {
    const pem = '-----BEGIN X-----\nabc:def\n-----END X-----';
    const { found } = credentials({ environment: { XGEN_CREDENTIAL_CA: `${pem}\n` } });
    expect(await found.require('ca', SECRET)).toMatchObject({ username: '', password: pem });
  });
});

describe('the Docker configuration', () => {
  it.each([
    [
      'an old address',
      { 'https://docker.x2bee.com/v1/': { username: 'u', password: 'p1' } },
      { username: 'u', password: 'p1' },
    ],
    [
      'padding',
      { 'docker.x2bee.com': { auth: Buffer.from('u:p2\0\0').toString('base64') } },
      { username: 'u', password: 'p2' },
    ],
    [
      'an identity token',
      { 'docker.x2bee.com': { auth: 'dTo=', identitytoken: 'id-1' } },
      { username: '', password: 'id-1' },
    ],
  ])('is read with %s', async (_, auths, expected) => {
    expect(await credentials({ docker: { auths } }).found.find(REGISTRY)).toMatchObject(expected);
  });

  it('knows Docker Hub by its old name', async () => {
    const docker = { auths: { 'https://index.docker.io/v1/': { auth: Buffer.from('hub:pass').toString('base64') } } };
    expect(await credentials({ docker }).found.find({ kind: 'registry', host: 'docker.io' })).toMatchObject({
      username: 'hub',
    });
  });

  it.each([
    {},
    { auths: [] },
    { auths: { 'docker.x2bee.com': {} } },
    { auths: { 'docker.x2bee.com': { auth: '!!' } } },
  ])('holds no login in %j', async (docker) => {
    expect(await credentials({ docker }).found.find(REGISTRY)).toBeNull();
  });

  it('that is no JSON is an error that names the file', async () => {
    const { found } = credentials({ docker: '{"auths":' });
    await expect(found.find(REGISTRY)).rejects.toMatchObject({
      code: 'CREDENTIAL_INVALID',
      message: expect.stringContaining(join(folder, 'docker', 'config.json')),
    });
  });

  it('asks the helper of the host before the general store', async () => {
    const docker = { credHelpers: { 'docker.x2bee.com': 'own' }, credsStore: 'general' };
    const helper = (name: string, input: string) => ({
      exitCode: 0,
      stdout: JSON.stringify({ ServerURL: input, Username: `${name} for ${input}`, Secret: 'help-secret' }),
      stderr: '',
    });
    const { found } = credentials({ docker, helper });
    expect(await found.find(REGISTRY)).toEqual({
      username: 'own for docker.x2bee.com',
      password: 'help-secret',
      from: 'docker credential helper own',
    });
    expect(await found.find({ kind: 'registry', host: 'docker.io' })).toMatchObject({
      username: 'general for https://index.docker.io/v1/',
    });
  });

  it('reads an identity token of a helper', async () => {
    const helper = () => ({
      exitCode: 0,
      stdout: '{"ServerURL":"x","Username":"<token>","Secret":"id-2"}',
      stderr: '',
    });
    const { found } = credentials({ docker: { credsStore: 's' }, helper });
    expect(await found.find(REGISTRY)).toMatchObject({ username: '', password: 'id-2' });
  });

  it('goes on to the file where the store holds nothing or does not run, as the docker client does', async () => {
    const helper = () => ({ exitCode: 1, stdout: 'credentials not found in native keychain\n', stderr: '' });
    const empty = credentials({ docker: { ...DOCKER_LOGIN, credsStore: 's' }, helper });
    expect(await empty.found.find(REGISTRY)).toMatchObject({ username: 'docker-user' });
    const gone = credentials({ docker: { ...DOCKER_LOGIN, credsStore: 'desktop.exe' } });
    expect(await gone.found.find(REGISTRY)).toMatchObject({ username: 'docker-user' });
  });

  it.each([
    ['is not installed', 'own', { message: /it is not installed/ }],
    ['fails', 'own', { answer: { exitCode: 1, stdout: '', stderr: 'no AWS login' }, message: /it ended with 1/ }],
    [
      'fails with the login on standard output',
      'own',
      { answer: { exitCode: 1, stdout: '{"Username":"u","Secret":"hunter"}', stderr: 'no' }, message: /^(?!.*hunter)/ },
    ],
    ['says nonsense', 'own', { answer: { exitCode: 0, stdout: 'hello', stderr: '' }, message: /cannot be read/ }],
    ['has a path for a name', '../../bin/sh', { message: /cannot be that of a program/ }],
  ])(
    'says so where the helper of the host %s',
    async (_, name, { answer, message }: { answer?: HelperAnswer; message: RegExp }) => {
      const docker = { credHelpers: { 'docker.x2bee.com': name } };
      const { found } = credentials({ docker, ...(answer === undefined ? {} : { helper: () => answer }) });
      const failure: unknown = await found.find(REGISTRY).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'CREDENTIAL_INVALID', message: expect.stringMatching(message) });
      expect(JSON.stringify(failure)).not.toContain('hunter');
    },
  );
});

describe('what was found', () => {
  it('is looked up once, also by two at once; what is missing is looked for again', async () => {
    let asked = 0;
    const git: AskGitCredential = () => {
      asked += 1;
      return Promise.resolve(asked > 1 ? { username: 'u', password: 'git-pass' } : null);
    };
    const { found } = credentials({ git });
    await expect(found.require('gitlab', SOURCE)).rejects.toMatchObject({ code: 'CREDENTIAL_MISSING' });
    await Promise.all([found.require('gitlab', SOURCE), found.require('gitlab', SOURCE)]);
    await found.require('gitlab', SOURCE);
    expect(asked).toBe(2);
  });

  it('is redacted from then on, also as a basic login, and also where it cannot be used', async () => {
    const { found, redactor } = credentials({
      environment: { [VARIABLE]: 'ci:tops3cret', XGEN_CREDENTIAL_BAD: 'ci:half\nbroken-secret' },
    });
    await found.require(ID, REGISTRY);
    await expect(found.require('bad', REGISTRY)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' });
    const basic = Buffer.from('ci:tops3cret').toString('base64');
    expect(redactor.redact(`a tops3cret b ${basic}`)).not.toMatch(new RegExp(`tops3cret|${basic}`));
    expect(redactor.redact('ci:half\nbroken-secret')).not.toContain('broken-secret');
  });
});
