import { execFile } from 'node:child_process';
import { chmod, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer, request as requestOf, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askGitCredential } from '../../../src/adapters/git/ask-credential.ts';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import type { SourceRef } from '../../../src/ports/sources.ts';
import { startGitServer, type GitServer } from '../../lab/git-server.ts';
import { checkOutSource, makeSource, openWorkshop, type TestRepository, type Workshop } from './workshop.ts';

const run = promisify(execFile);
const LOGIN = { username: 'jiwon', password: 'p\'ss $(id) %41 ü"', from: 'environment XGEN_CREDENTIAL_GITLAB' };
const { signal } = new AbortController();

let workshop: Workshop;
let repository: TestRepository;
let server: GitServer;
let source: SourceRef;
const others: Server[] = [];

beforeEach(async () => {
  workshop = await openWorkshop();
  repository = await makeSource(workshop, 'core');
  await repository.commit({ a: 'a' });
  server = await startGitServer({
    directory: workshop.repositories,
    username: LOGIN.username,
    password: LOGIN.password,
  });
  source = { url: `${server.url}/core.git`, branch: 'main', credentialId: 'gitlab', submodules: false };
});
afterEach(async () => {
  for (const other of others.splice(0)) {
    other.closeAllConnections();
    other.close();
  }
  await server.close();
  await workshop.remove();
});

async function listen(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const other = createServer(answer);
  others.push(other);
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

describe('a server that wants a login', () => {
  test('is given it, whatever characters it has, and it is in no file afterwards', async () => {
    const sources = workshop.another(LOGIN);
    const tree = await checkOutSource(sources, source);
    expect(await readFile(join(tree.directory, 'a'), 'utf8')).toBe('a');
    await tree.release();
    const base64 = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
    for (const secret of [LOGIN.password, base64, 'jiwon:']) {
      await expect(run('grep', ['-rFe', secret, workshop.cacheDir])).rejects.toMatchObject({ code: 1 });
    }
  });

  test('that refuses it leads to an error that says which one it was and where it came from', async () => {
    const wrong = { ...LOGIN, password: 'wr0ng-secret' };
    const expected = {
      code: 'SOURCE_LOGIN_REFUSED',
      message: expect.stringMatching(/credentialId "gitlab".*environment XGEN_CREDENTIAL_GITLAB/) as string,
    };
    await expect(checkOutSource(workshop.another(wrong), source)).rejects.toMatchObject(expected);
    const error: unknown = await workshop
      .another(wrong)
      .resolve(source, signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(expected);
    expect(JSON.stringify([error, String(error)])).not.toContain('wr0ng-secret');
  });

  test('is given one of the credential helpers where no credentialId is configured', async () => {
    const tree = await checkOutSource(workshop.another(LOGIN), { ...source, credentialId: null });
    await tree.release();
    await expect(checkOutSource(workshop.another(null), { ...source, credentialId: null })).rejects.toMatchObject({
      code: 'SOURCE_LOGIN_REFUSED',
      message: expect.stringContaining('none is configured') as string,
    });
  });

  test('that has no such repository or branch', async () => {
    const sources = workshop.another(LOGIN);
    await expect(sources.resolve({ ...source, url: `${server.url}/nope.git` }, signal)).rejects.toMatchObject({
      code: 'REPOSITORY_MISSING',
    });
    await expect(checkOutSource(sources, { ...source, branch: 'mian' })).rejects.toMatchObject({
      code: 'BRANCH_MISSING',
    });
  });

  test('gives submodules of the same host with the same login', async () => {
    const library = await makeSource(workshop, 'library');
    const commit = await library.commit({ lib: 'lib' });
    await repository.addSubmodule({ path: 'lib', url: '../library.git', commit });
    const tree = await checkOutSource(workshop.another(LOGIN), { ...source, submodules: true });
    expect(await readdir(join(tree.directory, 'lib'))).toEqual(['lib']);
    await tree.release();
  });

  test('is asked once when nothing changed', async () => {
    const sources = workshop.another(LOGIN);
    await (await checkOutSource(sources, source)).release();
    const before = server.requests.length;
    await (await checkOutSource(sources, source)).release();
    const lines = server.requests.slice(before).map(({ line }) => line);
    expect(lines).toEqual(['GET /core.git/info/refs?service=git-upload-pack', 'POST /core.git/git-upload-pack']);
  });

  test('is asked once for a commit that is looked for ahead, and then checked out', async () => {
    const sources = workshop.another(LOGIN);
    await (await checkOutSource(sources, source)).release();
    const commit = await repository.commit({ a: 'changed' });
    const before = server.requests.length;
    const { asked, tip } = sources.resolveAhead(source, signal);
    await asked;
    expect(await tip).toBe(commit);
    const tree = await checkOutSource(sources, source);
    expect(await readFile(join(tree.directory, 'a'), 'utf8')).toBe('changed');
    await tree.release();
    const lines = server.requests.slice(before).map(({ line }) => line);
    // What there is, and what is new of it.
    expect(lines).toEqual([
      'GET /core.git/info/refs?service=git-upload-pack',
      'POST /core.git/git-upload-pack',
      'POST /core.git/git-upload-pack',
    ]);
  });

  test('is only asked where no copy of the branch is here: nothing is cloned for a look', async () => {
    const sources = workshop.another(LOGIN);
    const commit = await repository.commit({ a: 'b' });
    expect(await sources.resolveAhead(source, signal).tip).toBe(commit);
    expect(await readdir(workshop.cacheDir).catch(() => [])).toEqual([]);
    const missing = { ...source, branch: 'nowhere' };
    const { asked, tip } = sources.resolveAhead(missing, signal);
    await expect(tip).rejects.toMatchObject({ code: 'BRANCH_MISSING' });
    await asked;
  });
});

test('a login does not go to the server that the first one redirects to', async () => {
  const seen: (string | undefined)[] = [];
  const thief = await listen((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="mine"' }).end();
  });
  const redirecting = await listen((request, response) => {
    response.writeHead(302, { Location: `${thief}${request.url ?? ''}` }).end();
  });
  const redirected = { ...source, url: `${redirecting}/core.git` };
  await expect(workshop.another(LOGIN).resolve(redirected, signal)).rejects.toMatchObject({
    code: 'SOURCE_LOGIN_REFUSED',
  });
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((header) => header !== undefined)).toEqual([]);
});

test('a repository that was moved on its server is found with the login', async () => {
  const address = new URL(server.url);
  const moved = await listen((request, response) => {
    const path = (request.url ?? '').replace('/old.git', '/core.git');
    if (path !== request.url) response.writeHead(301, { Location: path }).end();
    else {
      const onward = requestOf({
        host: address.hostname,
        port: address.port,
        path,
        method: request.method,
        headers: request.headers,
      });
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    }
  });
  const tree = await checkOutSource(workshop.another(LOGIN), { ...source, url: `${moved}/old.git` });
  expect(await readFile(join(tree.directory, 'a'), 'utf8')).toBe('a');
  await tree.release();
});

test('an abort ends git and its children while a server keeps them waiting', async () => {
  let asked = 0;
  const silent = await listen(() => {
    asked += 1;
  });
  const stop = new AbortController();
  const reason = new AbortReason('canceled', 'Ctrl-C');
  const waiting = checkOutSource(
    workshop.another(LOGIN),
    { ...source, url: `${silent}/core.git` },
    { signal: stop.signal },
  );
  const timer = setInterval(() => {
    if (asked > 0) stop.abort(reason);
  }, 10);
  await expect(waiting).rejects.toBe(reason);
  clearInterval(timer);
  const { stdout } = await run('ps', ['-eo', 'args']);
  expect(stdout).not.toContain(`${silent}/core.git`);
});

test.each([500, 502, 503])('a server that answers %i does not answer', async (status) => {
  const broken = await listen((_, response) => {
    response.writeHead(status).end();
  });
  await expect(workshop.another(LOGIN).resolve({ ...source, url: `${broken}/core.git` }, signal)).rejects.toMatchObject(
    {
      code: 'SOURCE_UNREACHABLE',
    },
  );
});

test("the proxy of the user's git configuration is used", async () => {
  const proxied: string[] = [];
  const proxy = await listen((request, response) => {
    proxied.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await writeFile(join(workshop.home, '.gitconfig'), `[http]\n\tproxy = ${proxy}\n`);
  await expect(
    workshop.another(LOGIN).resolve({ ...source, url: 'http://git.example.invalid/g/r.git' }, signal),
  ).rejects.toMatchObject({ code: 'REPOSITORY_MISSING' });
  expect(proxied[0]).toBe('http://git.example.invalid/g/r.git/info/refs?service=git-upload-pack');
});

describe('askGitCredential', () => {
  async function configure(helper: string): Promise<void> {
    const program = join(workshop.root, 'helper');
    await writeFile(program, `#!/bin/sh\n${helper}\n`);
    await chmod(program, 0o755);
    await writeFile(join(workshop.home, '.gitconfig'), `[credential]\n\thelper = ${program}\n`);
  }

  test("asks the user's helpers", async () => {
    await configure('test "$1" = get && printf "username=jiwon\\npassword=s3cret\\n"');
    expect(await askGitCredential(source.url, workshop.environment, signal)).toEqual({
      username: 'jiwon',
      password: 's3cret',
    });
  });

  test('asks nobody where no helper knows, not even by a window', async () => {
    await configure('exit 0');
    const environment = {
      ...workshop.environment,
      GIT_ASKPASS: '/bin/echo',
      SSH_ASKPASS: '/bin/echo',
      GIT_DIR: '/nowhere',
    };
    expect(await askGitCredential(source.url, environment, signal)).toBeNull();
  });

  test('stops with the abort', async () => {
    await configure('sleep 30');
    const stop = new AbortController();
    const reason = new AbortReason('canceled', 'Ctrl-C');
    setTimeout(() => stop.abort(reason), 50);
    await expect(askGitCredential(source.url, workshop.environment, stop.signal)).rejects.toBe(reason);
  });
});

describe('the tip of a branch', () => {
  test('is asked for by one request, without git', async () => {
    const before = server.requests.length;
    const sources = workshop.another(LOGIN);
    expect(await sources.resolve(source, signal)).toBe(await repository.git('rev-parse', 'refs/heads/main'));
    expect(server.requests.slice(before).map(({ line }) => line)).toEqual(['POST /core.git/git-upload-pack']);
  });

  test.each([
    ['a branch that is not there', { branch: 'none' }, 'BRANCH_MISSING'],
    ['a repository that is not there', { name: 'none.git' }, 'REPOSITORY_MISSING'],
  ] as const)('of %s is what git says', async (_, changed, code) => {
    const { branch, name } = { branch: 'main', name: 'core.git', ...changed };
    const asked = { ...source, branch, url: `${server.url}/${name}` };
    await expect(workshop.another(LOGIN).resolve(asked, signal)).rejects.toMatchObject({ code });
  });

  test('is not asked for with a login that is refused a second time by itself', async () => {
    const wrong = { ...LOGIN, password: 'wrong' };
    await expect(workshop.another(wrong).resolve(source, signal)).rejects.toMatchObject({
      code: 'SOURCE_LOGIN_REFUSED',
    });
  });

  test('follows no redirect: another server is not sent the login', async () => {
    const seen: (string | undefined)[] = [];
    const elsewhere = await listen((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    const redirecting = await listen((request, response) => {
      response.writeHead(302, { location: `${elsewhere}${request.url ?? ''}` }).end();
    });
    const asked = { ...source, url: `${redirecting}/core.git` };
    await expect(workshop.another(LOGIN).resolve(asked, signal)).rejects.toThrow(/./);
    expect(seen.filter((header) => header !== undefined)).toEqual([]);
  });

  test('is left to git where a proxy is configured', async () => {
    const before = server.requests.length;
    const sources = workshop.another(LOGIN, { http_proxy: 'http://127.0.0.1:1', no_proxy: '127.0.0.1' });
    expect(await sources.resolve(source, signal)).toBe(await repository.git('rev-parse', 'refs/heads/main'));
    expect(server.requests.slice(before).map(({ line }) => line)[0]).toMatch(/^GET .*info\/refs/);
  });
});
