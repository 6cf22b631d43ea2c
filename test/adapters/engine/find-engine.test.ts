import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEngineAddress } from '../../../src/adapters/engine/endpoint.ts';
import { findEngine } from '../../../src/adapters/engine/find-engine.ts';
import { registryAuth } from '../../../src/adapters/engine/images.ts';
import { engineAt, openEngine } from '../../../src/adapters/engine/open-engine.ts';
import { sshArguments } from '../../../src/adapters/engine/ssh-stream.ts';
import { engineUnreachable } from '../../../src/adapters/engine/unreachable.ts';

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'xgen-engine-'));
  writeContext('remote', { Host: 'ssh://ci@build.example.com:2222' });
  writeContext('tls', { Host: 'tcp://10.0.0.5:2376' }, { 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' });
  writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'tls' }));
  mkdirSync(join(home, 'bare'));
  mkdirSync(join(home, 'run'));
  writeFileSync(join(home, 'run', 'docker.sock'), '');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function writeContext(name: string, docker: object, tls: Readonly<Record<string, string>> = {}): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker', 'contexts', 'meta', id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }));
  const folder = join(home, '.docker', 'contexts', 'tls', id, 'docker');
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(tls)) writeFileSync(join(folder, file), text);
}

describe('the engine is found', () => {
  test.each([
    [
      'at the address of the configuration, before anything else',
      'tcp://h:1',
      { DOCKER_HOST: 'unix:///x' },
      'tcp://h:1',
      'the configuration',
    ],
    [
      'at DOCKER_HOST, before a context',
      null,
      { DOCKER_HOST: 'unix:///x', DOCKER_CONTEXT: 'remote' },
      'unix:///x',
      'DOCKER_HOST',
    ],
    [
      'by DOCKER_CONTEXT',
      null,
      { DOCKER_CONTEXT: 'remote' },
      'ssh://ci@build.example.com:2222',
      'docker context "remote" (DOCKER_CONTEXT)',
    ],
    ['by the current context', null, {}, 'tcp://10.0.0.5:2376', 'docker context "tls"'],
  ])('%s', async (...[, host, environment, address, from]) => {
    expect(await findEngine({ host, environment: { HOME: home, ...environment } })).toMatchObject({ address, from });
  });

  test('with the TLS files of a context', async () => {
    const { to } = await findEngine({ host: null, environment: { HOME: home } });
    expect(to).toMatchObject({ kind: 'tcp', tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true } });
  });

  test('with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, at the port for TLS', async () => {
    const folder = join(home, '.docker', 'contexts', 'tls', createHash('sha256').update('tls').digest('hex'), 'docker');
    const environment = { HOME: home, DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    const { to } = await findEngine({ host: null, environment });
    expect(to).toMatchObject({ kind: 'tcp', host: 'h', port: 2376, tls: { ca: 'CA' } });
  });

  test('at the rootless socket where the default one is not there', async () => {
    const environment = { HOME: join(home, 'bare'), XDG_RUNTIME_DIR: join(home, 'run') };
    const found = await findEngine({ host: null, environment });
    expect([`unix://${join(home, 'run', 'docker.sock')}`, 'unix:///var/run/docker.sock']).toContain(found.address);
    expect(found.isLocal).toBe(true);
  });

  test.each([
    ['a context that is not there', null, { DOCKER_CONTEXT: 'nope' }, /"nope" \(DOCKER_CONTEXT\)/],
    ['an address that cannot be read', 'ftp://x', {}, /the configuration cannot be read: "ftp:\/\/x"/],
    ['an address with a password', 'ssh://u:secret@h', {}, /:\*\*\*@/],
  ])('not by %s', async (...[, host, environment, message]) => {
    const running = findEngine({ host, environment: { HOME: home, ...environment } });
    await expect(running).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: expect.stringMatching(message),
    });
  });
});

describe('an address', () => {
  test.each([
    ['unix:///run/docker.sock', { kind: 'unix', path: '/run/docker.sock' }],
    ['unix://', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['unix://relative', null],
    ['tcp://10.0.0.1', { kind: 'tcp', host: '10.0.0.1', port: 2375, tls: null }],
    ['h:2375', { kind: 'tcp', host: 'h', port: 2375, tls: null }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375, tls: null }],
    ['tcp://h:99999', null],
    ['tcp://h/path', null],
    ['ssh://h', { kind: 'ssh', host: 'h', user: null, port: null, socket: null }],
    ['ssh://u@h:22/run/d.sock', { kind: 'ssh', host: 'h', user: 'u', port: 22, socket: '/run/d.sock' }],
    ['ssh://-oProxyCommand=x', null],
    ['ssh://-l@h', null],
    ['ssh://u:pw@h', null],
    ['ssh://h/$(x)', null],
    ['npipe:////./pipe/x', null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(parseEngineAddress(text, null)).toEqual(expected);
  });

  test('of ssh becomes arguments that nothing in it can change', () => {
    expect(sshArguments({ kind: 'ssh', host: 'h', user: 'u', port: 22, socket: '/run/d.sock' })).toEqual(
      ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-T', '-l', 'u', '-p', '22', '--', 'h'].concat([
        'docker',
        '--host',
        'unix:///run/d.sock',
        'system',
        'dial-stdio',
      ]),
    );
  });
});

describe('an engine that cannot be reached', () => {
  test('says so from every request, also from those of dockerode', async () => {
    const engine = await openEngine({ host: 'unix:///nonexistent/d.sock', environment: {} });
    const request = engine.request({ method: 'GET', path: '/_ping', signal: AbortSignal.timeout(1_000) });
    await expect(request).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    const docker = await engine.docker();
    await expect(docker.ping()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    engine.close();
  });

  test.each([
    ['EACCES', 'unix:///s', /group/],
    ['ENOENT', 'unix:///s', /systemctl start docker/],
    ['ECONNREFUSED', 'tcp://h:1', /DOCKER_TLS_VERIFY/],
    ['X', 'ssh://u@h:22', /ssh -p 22 u@h docker version/],
  ])('%s at %s says what to type', async (code, host, hint) => {
    const endpoint = await findEngine({ host, environment: {} });
    const error = engineUnreachable(endpoint, Object.assign(new Error('x'), { code }));
    expect(error.hint).toMatch(hint);
    expect(error.message).toContain(endpoint.address);
    engineAt(endpoint).close();
  });
});

test.each([
  [null, {}],
  [
    { username: 'u', password: 'p:ä', from: '' },
    { username: 'u', password: 'p:ä', serveraddress: 'r' },
  ],
  [
    { username: '', password: 't', from: '' },
    { identitytoken: 't', serveraddress: 'r' },
  ],
])('a login travels as a header', (login, expected) => {
  const header = registryAuth(login, 'r');
  expect(header).toMatch(/^[\w-]+=*$/);
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual(expected);
});
