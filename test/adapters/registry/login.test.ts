import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeRegistry, type FakeAnswer, type FakeRegistry, type SeenRequest } from './fake-registry.ts';
import { FROM, instantClock, openClient } from './open-client.ts';

const REPOSITORY = 'xgen/main/xgen-core';
const LOGIN = { username: 'ci', password: 'pass:word with ü' };
const BASIC = `Basic ${Buffer.from('ci:pass:word with ü').toString('base64')}`;
const signal = new AbortController().signal;

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startFakeRegistry();
});
afterEach(() => registry.close());

/** Asks for a basic login and takes one. */
function wantBasic(accepted: string): void {
  registry.intercept = ({ authorization }) =>
    authorization === accepted ? undefined : { status: 401, headers: { 'www-authenticate': 'Basic realm="Nexus"' } };
}

interface TokenServer {
  readonly asked: SeenRequest[];
  /** Tokens that the registry takes. */
  readonly valid: Set<string>;
}

/** Asks for tokens of its own token server, which `give` scripts. */
function wantBearer(give: (request: SeenRequest, count: number) => FakeAnswer | string): TokenServer {
  const asked: SeenRequest[] = [];
  const valid = new Set<string>();
  registry.intercept = (request) => {
    if (request.path.startsWith('/token')) {
      asked.push(request);
      const answer = give(request, asked.length);
      if (typeof answer !== 'string') return answer;
      valid.add(answer);
      return { status: 200, body: JSON.stringify({ token: answer, expires_in: 300 }) };
    }
    if (request.authorization?.startsWith('Bearer ') === true && valid.has(request.authorization.slice(7)))
      return undefined;
    const challenge = `Bearer realm="${registry.url}/token?tenant=a",service="reg.example",scope="ignored"`;
    return { status: 401, headers: { 'www-authenticate': challenge } };
  };
  return { asked, valid };
}

describe('a basic login', () => {
  it('is shown after it was asked for', async () => {
    wantBasic(BASIC);
    const client = openClient({ host: registry.host, login: LOGIN });
    await client.ping(signal);
    await client.listTags(REPOSITORY, signal);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([null, BASIC, BASIC]);
  });

  it('that worked and is refused then is shown once more', async () => {
    wantBasic(BASIC);
    const client = openClient({ host: registry.host, login: LOGIN });
    await client.ping(signal);
    let refusals = 1;
    registry.intercept = () =>
      refusals-- > 0 ? { status: 401, headers: { 'www-authenticate': 'Basic realm="Nexus"' } } : undefined;
    await client.listTags(REPOSITORY, signal);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([null, BASIC, BASIC, BASIC]);
    refusals = 2;
    await expect(client.listTags(REPOSITORY, signal)).rejects.toMatchObject({ code: 'REGISTRY_LOGIN_REFUSED' });
  });

  it('that is refused is named with its place, and without the password', async () => {
    wantBasic('another');
    const ping = openClient({ host: registry.host, login: LOGIN }).ping(signal);
    await expect(ping).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN_REFUSED',
      message: `the registry ${registry.host} refused the login of "test" (user ci, from ${FROM}) when logging in`,
      hint: `check it by hand: docker login ${registry.host}; then correct it in ${FROM}`,
    });
    await expect(ping).rejects.not.toThrow(/pass:word/);
  });

  it('is tried on a registry that lets everybody read', async () => {
    registry.intercept = ({ authorization }) => (authorization === BASIC ? { status: 401 } : undefined);
    const ping = openClient({ host: registry.host, login: LOGIN }).ping(signal);
    await expect(ping).rejects.toMatchObject({ code: 'REGISTRY_LOGIN_REFUSED' });
  });

  it('that is missing is asked for', async () => {
    wantBasic(BASIC);
    await expect(openClient({ host: registry.host }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN_REFUSED',
      hint: expect.stringContaining('credentialId'),
    });
  });

  it('of a bare token has a user name that registries take', async () => {
    wantBasic(`Basic ${Buffer.from('token:abc-token').toString('base64')}`);
    await openClient({ host: registry.host, login: { username: '', password: 'abc-token' } }).ping(signal);
    expect(registry.seen).toHaveLength(2);
  });
});

describe('a bearer login', () => {
  it('gets a token per scope, once, with the login', async () => {
    const server = wantBearer((_, count) => `token-${count}`);
    const client = openClient({ host: registry.host, login: LOGIN });
    await client.listTags(REPOSITORY, signal);
    await client.listTags(REPOSITORY, signal);
    await client.checkWritable(REPOSITORY, signal);
    const query = (actions: string) =>
      `/token?tenant=a&service=reg.example&scope=${encodeURIComponent(`repository:${REPOSITORY}:${actions}`)}`;
    expect(server.asked.map(({ path }) => path)).toEqual([query('pull'), query('pull,push')]);
    expect(server.asked.map(({ authorization }) => authorization)).toEqual([BASIC, BASIC]);
  });

  it('gets a new token before the old one ends, and when the registry refuses it', async () => {
    const clock = instantClock();
    const server = wantBearer((_, count) => `token-${count}`);
    const client = openClient({ host: registry.host, login: LOGIN, clock });
    await client.listTags(REPOSITORY, signal);
    clock.advance(291_000);
    await client.listTags(REPOSITORY, signal);
    expect(server.asked).toHaveLength(2);
    server.valid.clear();
    await client.listTags(REPOSITORY, signal);
    expect(server.asked).toHaveLength(3);
  });

  it('is anonymous without a login', async () => {
    const server = wantBearer(() => 'anonymous');
    await openClient({ host: registry.host }).listTags(REPOSITORY, signal);
    expect(server.asked[0]?.authorization).toBeNull();
  });

  it('that the token server refuses is a refused login, with its words', async () => {
    wantBearer(() => ({ status: 401, body: JSON.stringify({ details: 'incorrect username or password' }) }));
    await expect(openClient({ host: registry.host, login: LOGIN }).ping(signal)).rejects.toMatchObject({
      code: 'REGISTRY_LOGIN_REFUSED',
      evidence: ['incorrect username or password'],
    });
  });

  it('offers a bare token as refresh token first, then as password', async () => {
    const server = wantBearer(({ method }) => (method === 'POST' ? { status: 404 } : 'token-1'));
    await openClient({ host: registry.host, login: { username: '', password: 'id-token' } }).ping(signal);
    expect(server.asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(new URLSearchParams(server.asked[0]?.body).get('refresh_token')).toBe('id-token');
  });

  it('with a token that may not push is a matter of rights, not of the login', async () => {
    wantBearer((_, count) => `token-${count}`);
    const plain = registry.intercept;
    registry.intercept = (request) =>
      request.method === 'POST' && request.path.includes('/uploads/')
        ? {
            status: 401,
            headers: { 'www-authenticate': `Bearer realm="${registry.url}/token",error="insufficient_scope"` },
          }
        : plain(request);
    const checking = openClient({ host: registry.host, login: LOGIN }).checkWritable(REPOSITORY, signal);
    await expect(checking).rejects.toMatchObject({ code: 'REGISTRY_WRITE_REFUSED' });
  });

  it.each(['http://elsewhere.invalid/token', 'ftp://127.0.0.1/token', '/token', 'file:///etc/passwd', ''])(
    'never sends the login to %s',
    async (realm) => {
      registry.intercept = () => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } });
      const ping = openClient({ host: registry.host, login: LOGIN }).ping(signal);
      await expect(ping).rejects.toMatchObject({
        code: 'REGISTRY_FAILED',
        message: expect.stringMatching(/not HTTPS/),
      });
    },
  );

  it.each(['{}', 'null', '{"token":"a\\nb"}', '{"token":7}', 'no json', JSON.stringify({ token: 'x'.repeat(20_000) })])(
    'refuses the token answer %.20s',
    async (body) => {
      wantBearer(() => ({ status: 200, body }));
      const ping = openClient({ host: registry.host, login: LOGIN }).ping(signal);
      await expect(ping).rejects.toMatchObject({ code: 'REGISTRY_FAILED' });
    },
  );
});

describe('defect 12: logins are not shared', () => {
  it('each client logs in for itself, and errors quote neither password nor token', async () => {
    wantBearer((_, count) => `secret-token-${count}`);
    const first = openClient({ host: registry.host, login: LOGIN });
    await first.ping(signal);
    const plain = registry.intercept;
    registry.intercept = (request) => {
      if (!request.path.includes('/tags/') || request.authorization === null) return plain(request);
      return {
        status: 400,
        body: JSON.stringify({ errors: [{ code: 'X', message: `bad ${request.authorization} ${LOGIN.password}` }] }),
      };
    };
    await expect(first.listTags(REPOSITORY, signal)).rejects.toMatchObject({ evidence: ['X: bad Bearer *** ***'] });
    registry.intercept = plain;
    const before = registry.seen.length;
    await openClient({ host: registry.host }).listTags(REPOSITORY, signal);
    expect(registry.seen.slice(before).map(({ authorization }) => authorization)).not.toContain(BASIC);
  });
});
