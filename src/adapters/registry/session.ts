import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/credentials.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { RegistryError } from '../../errors/xgen-error.ts';
import { createAuthenticator, type Authenticator, type Scope } from './authenticator.ts';
import { basicHeader } from './basic-header.ts';
import { findEndpoint, type Endpoint } from './endpoint.ts';
import type { PatientSend } from './patient-send.ts';
import { followRedirects } from './redirect.ts';
import { accessRefused, loginRefused } from './refusals.ts';
import { failed, type Where } from './registry-error.ts';
import { fetchToken } from './token.ts';
import { TransportError } from './transport-error.ts';
import type { HttpAnswer, HttpCall } from './transport.ts';
import { unreachable } from './unreachable.ts';

export interface RegistryRequest {
  readonly method: HttpCall['method'];
  /** Below the registry's root, or a whole URL of the registry's own. */
  readonly path: string;
  readonly scope: Scope;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly maxBytes?: number;
  /** Shows the login also where the registry did not ask for one. */
  readonly showLogin?: boolean;
  readonly signal: AbortSignal;
}

/** One registry, found and logged in to on first use. */
export interface RegistrySession {
  readonly where: Where;
  /** Any answer but a 401 that a login would mend. Throws REGISTRY_UNREACHABLE, REGISTRY_LOGIN_REFUSED. */
  request(request: RegistryRequest): Promise<HttpAnswer>;
  endpoint(signal: AbortSignal): Promise<Endpoint>;
  /** The error of an answer that cannot be used. `doing`: "reading the tags of x/y". */
  refusal(request: { scope: Scope; doing: string; answer: HttpAnswer }): Promise<RegistryError>;
  login(): Promise<Login | null>;
}

export interface SessionParts {
  readonly where: Where;
  readonly findLogin: () => Promise<Login | null>;
  readonly isInsecure: () => Promise<boolean>;
  readonly send: PatientSend;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** Whether a login that worked before and is refused now is looked up and shown once more. */
  readonly logsInAgain: boolean;
}

const SMALL_ANSWER = 1 << 20;

export function createSession(parts: SessionParts): RegistrySession {
  const { where, send } = parts;
  let found: Endpoint | null = null;
  const searches = new Map<AbortSignal, Promise<Endpoint>>();
  let hasWorked = false;
  const authenticator: Authenticator = createAuthenticator({
    findLogin: parts.findLogin,
    clock: parts.clock,
    fetchToken: async (request) => fetchToken({ where, send, endpoint: await endpoint(request.signal) }, request),
  });

  async function endpoint(signal: AbortSignal): Promise<Endpoint> {
    if (found !== null) return found;
    // Requests that begin together look once; who is stopped at another time looks for himself.
    const running = searches.get(signal) ?? findOnce(signal).finally(() => searches.delete(signal));
    searches.set(signal, running);
    return running;
  }

  async function findOnce(signal: AbortSignal): Promise<Endpoint> {
    const search = { where, send, signal, insecure: await parts.isInsecure() };
    const { endpoint, answer } = await findEndpoint(search);
    if (found === null && answer.status === 401) authenticator.learn(answer, null, null);
    found = endpoint;
    return endpoint;
  }

  async function ask(request: RegistryRequest, header: string | null): Promise<HttpAnswer> {
    return askAt({ parts, endpoint: await endpoint(request.signal) }, request, header);
  }

  /** A 401 that says what is wanted is answered with it. */
  async function askLearning(request: RegistryRequest): Promise<HttpAnswer> {
    const header = (await authenticator.header(request.scope, request.signal)) ?? (await unasked(request));
    const answer = await ask(request, header);
    if (answer.status !== 401 || !authenticator.learn(answer, header, request.scope)) return answer;
    const better = await authenticator.header(request.scope, request.signal);
    return better === null ? answer : ask(request, better);
  }

  async function unasked({ showLogin }: RegistryRequest): Promise<string | null> {
    const login = showLogin === true ? await authenticator.login() : null;
    return login === null ? null : basicHeader(login);
  }

  return {
    where,
    endpoint,
    login: () => authenticator.login(),
    async request(request) {
      await endpoint(request.signal);
      const answer = await askLearning(request);
      if (answer.status !== 401) hasWorked = true;
      if (answer.status !== 401 || !hasWorked || !parts.logsInAgain) return answer;
      // Once: a login that is refused again has not worked.
      hasWorked = false;
      authenticator.forget();
      const again = await askLearning(request);
      hasWorked = again.status !== 401;
      return again;
    },
    refusal: (request) => refusalOf({ parts, authenticator }, request),
  };
}

async function askAt(
  { parts, endpoint }: { parts: SessionParts; endpoint: Endpoint },
  request: RegistryRequest,
  header: string | null,
): Promise<HttpAnswer> {
  const { where, send } = parts;
  const call = {
    method: request.method,
    url: new URL(request.path, endpoint.base),
    headers: { ...request.headers, ...(header === null ? {} : { authorization: header }) },
    body: request.body ?? null,
    maxBytes: request.maxBytes ?? SMALL_ANSWER,
    verifyTls: endpoint.verifyTls,
    signal: request.signal,
  };
  try {
    return await followRedirects({ call, where, send });
  } catch (error) {
    throw error instanceof TransportError ? unreachable(where, error) : error;
  }
}

async function refusalOf(
  { parts, authenticator }: { parts: SessionParts; authenticator: Authenticator },
  { scope, doing, answer }: { scope: Scope; doing: string; answer: HttpAnswer },
): Promise<RegistryError> {
  const { where, redactor } = parts;
  const login = await authenticator.login();
  const quoted = redactor.redact(authenticator.hide(answer.body.subarray(0, 64 * 1024).toString('utf8')));
  const refusal = { where, doing, login, answer: { ...answer, body: Buffer.from(quoted) } };
  const isLogin = answer.status === 401 && (login === null || authenticator.scheme() !== 'bearer');
  if (isLogin || (scope === null && answer.status === 401)) return loginRefused(refusal);
  const isWrite = scope !== null && scope.access !== 'read';
  if (answer.status === 401 || answer.status === 403) return accessRefused(refusal, isWrite ? 'write' : 'read');
  return isWrite && answer.status === 405 ? accessRefused(refusal, 'write') : failed(where, doing, refusal.answer);
}
