import type { Login } from '../../ports/credentials.ts';
import { basicHeader } from './basic-header.ts';
import type { Challenge } from './challenge.ts';
import type { Endpoint } from './endpoint.ts';
import type { PatientSend } from './patient-send.ts';
import { loginRefused } from './refusals.ts';
import { failed, registryError, type Where } from './registry-error.ts';
import { TransportError } from './transport-error.ts';
import type { HttpAnswer } from './transport.ts';
import { unreachable } from './unreachable.ts';

export interface TokenRequest {
  readonly challenge: Extract<Challenge, { scheme: 'bearer' }>;
  readonly scope: string | null;
  readonly login: Login | null;
  readonly signal: AbortSignal;
}

export interface Token {
  readonly token: string;
  readonly lifetimeMs: number;
}

/** The token specification: 60 seconds where the answer does not say. */
const DEFAULT_LIFETIME_S = 60;

interface TokenParts {
  readonly where: Where;
  readonly endpoint: Endpoint;
  readonly send: PatientSend;
}

/**
 * Asks the registry's token server for a token (distribution's token authentication). A bare token is first offered as
 * a refresh token, which is what an identity token of `docker login` is.
 * Throws REGISTRY_LOGIN_REFUSED, REGISTRY_UNREACHABLE, REGISTRY_FAILED.
 */
export async function fetchToken(parts: TokenParts, request: TokenRequest): Promise<Token> {
  const { where } = parts;
  const { login } = request;
  const realm = realmUrl(parts, request.challenge.realm);
  if (login?.username === '') {
    const token = readToken(await ask(parts, refreshCall(realm, request, login)));
    if (token !== null) return token;
  }
  const answer = await ask(parts, loginCall(realm, request));
  const doing = 'asking for a token';
  if (answer.status === 401 || answer.status === 403) throw loginRefused({ where, doing, login, answer });
  const token = readToken(answer);
  if (token === null) throw failed(where, doing, answer);
  return token;
}

interface TokenCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly signal: AbortSignal;
}

function loginCall(realm: URL, { challenge, scope, login, signal }: TokenRequest): TokenCall {
  const url = new URL(realm);
  if (challenge.service !== null) url.searchParams.set('service', challenge.service);
  if (scope !== null) url.searchParams.set('scope', scope);
  return {
    method: 'GET',
    url,
    headers: login === null ? {} : { authorization: basicHeader(login) },
    body: null,
    signal,
  };
}

function refreshCall(realm: URL, { challenge, scope, signal }: TokenRequest, login: Login): TokenCall {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'xgen-build',
    refresh_token: login.password,
    ...(challenge.service === null ? {} : { service: challenge.service }),
    ...(scope === null ? {} : { scope }),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()), signal };
}

async function ask({ where, endpoint, send }: TokenParts, call: TokenCall): Promise<HttpAnswer> {
  const verifyTls = endpoint.verifyTls || call.url.hostname !== endpoint.base.hostname;
  try {
    return await send({ ...call, maxBytes: 1 << 20, verifyTls });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw unreachable({ ...where, apiHost: call.url.host }, error);
  }
}

/**
 * The token server is named by the registry and is sent the login, so it must be reached over HTTPS; over plain HTTP
 * only where the registry itself is, and only at its own host.
 */
function realmUrl({ where, endpoint }: TokenParts, realm: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : null;
  const isOwn = url !== null && url.hostname === endpoint.base.hostname && endpoint.base.protocol === 'http:';
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isOwn))) {
    url.username = '';
    url.password = '';
    return url;
  }
  throw registryError(where, {
    code: 'REGISTRY_FAILED',
    message: `the registry ${where.host} sends logins to ${addressOf(url)}, which is not HTTPS`,
    hint: 'set the address of the token server (realm) in the registry to https',
  });
}

/** Of an address without a host (`file:///etc/passwd`) the scheme alone. */
function addressOf(url: URL | null): string {
  if (url === null) return 'an address that cannot be read';
  return url.host === '' ? url.protocol : `${url.protocol}//${url.host}`;
}

function readToken(answer: HttpAnswer): Token | null {
  if (answer.status !== 200) return null;
  try {
    const parsed: unknown = JSON.parse(answer.body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null) return null;
    const fields = new Map<string, unknown>(Object.entries(parsed));
    const token = fields.get('token') ?? fields.get('access_token');
    const seconds = fields.get('expires_in');
    // Anything else would not be a header value.
    if (typeof token !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(token)) return null;
    return { token, lifetimeMs: (typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_LIFETIME_S) * 1000 };
  } catch {
    return null;
  }
}
