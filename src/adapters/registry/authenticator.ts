import type { Clock } from '../../ports/clock.ts';
import type { Login } from '../../ports/credentials.ts';
import { basicHeader } from './basic-header.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import type { HttpAnswer } from './transport.ts';
import type { Token, TokenRequest } from './token.ts';

/** What a request may do: nothing in particular (null), or read or write a repository. */
export type Scope = { readonly repository: string; readonly access: 'read' | 'write' | 'delete' } | null;

/**
 * Makes the `Authorization` header of one client's requests, by what the registry asked for in its 401. Tokens are kept
 * per scope until they expire; the login is looked up once, when it is first needed.
 */
export interface Authenticator {
  /** Null: nothing to show, because nothing was asked for or there is no login. */
  header(scope: Scope, signal: AbortSignal): Promise<string | null>;
  /** Learns from a 401 what is wanted. True where a request with a new header may do better than the one with `used`. */
  learn(answer: HttpAnswer, used: string | null, scope: Scope): boolean;
  login(): Promise<Login | null>;
  /** Drops login and tokens: they are looked up and asked for anew. */
  forget(): void;
  scheme(): Challenge['scheme'] | null;
  /** The text without the tokens that were given out: a registry may quote what it was sent. */
  hide(text: string): string;
}

export function createAuthenticator(parts: {
  findLogin: () => Promise<Login | null>;
  fetchToken: (request: TokenRequest) => Promise<Token>;
  clock: Clock;
}): Authenticator {
  const { findLogin, fetchToken, clock } = parts;
  const tokens = new Map<string, { header: string; untilMs: number }>();
  let challenge: Challenge | null = null;
  let login: Promise<Login | null> | null = null;

  async function findOnce(): Promise<Login | null> {
    login ??= findLogin();
    return login;
  }

  async function bearer(wanted: Extract<Challenge, { scheme: 'bearer' }>, scope: Scope, signal: AbortSignal) {
    const key = scopeText(scope) ?? '';
    const kept = tokens.get(key);
    if (kept !== undefined && kept.untilMs > clock.monotonicMs()) return kept.header;
    const token = await fetchToken({ challenge: wanted, scope: scopeText(scope), login: await findOnce(), signal });
    const header = `Bearer ${token.token}`;
    // Ten seconds early: the registry's clock decides, and the request takes time.
    tokens.set(key, { header, untilMs: clock.monotonicMs() + Math.max(0, token.lifetimeMs - 10_000) });
    return header;
  }

  return {
    async header(scope, signal) {
      if (challenge === null) return null;
      if (challenge.scheme === 'bearer') return bearer(challenge, scope, signal);
      const found = await findOnce();
      return found === null ? null : basicHeader(found);
    },
    learn(answer, used, scope) {
      const wanted = parseChallenge(answer.headers['www-authenticate'] ?? '');
      if (wanted === null) return false;
      challenge = wanted;
      tokens.delete(scopeText(scope) ?? '');
      return wanted.scheme === 'bearer' || used === null;
    },
    login: findOnce,
    forget: () => {
      login = null;
      tokens.clear();
    },
    scheme: () => challenge?.scheme ?? null,
    hide: (text) =>
      [...tokens.values()].reduce((rest, { header }) => rest.replaceAll(header.slice('Bearer '.length), '***'), text),
  };
}

const ACTIONS = { read: 'pull', write: 'pull,push', delete: 'pull,push,delete' } as const;

/** `repository:xgen/main/xgen-core:pull,push` */
function scopeText(scope: Scope): string | null {
  if (scope === null) return null;
  return `repository:${scope.repository}:${ACTIONS[scope.access]}`;
}
