import { isLoopback } from './loopback.ts';
import type { PatientSend } from './patient-send.ts';
import { TransportError } from './transport-error.ts';
import { registryError, type Where } from './registry-error.ts';
import type { HttpAnswer } from './transport.ts';
import { unreachable } from './unreachable.ts';

export type Scheme = 'https' | 'http';

/** Where a registry's API was found. */
export interface Endpoint {
  /** `https://docker.x2bee.com/` */
  readonly base: URL;
  readonly verifyTls: boolean;
}

/** The API of Docker Hub is not at the host that image names say. */
const API_HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/**
 * The schemes to try, in order. A registry that the engine treats as secure is only ever asked over verified HTTPS:
 * falling back would hand a login to whoever sits between. For an insecure one the engine tries HTTPS first and then
 * HTTP; on this machine itself the order is turned, because nothing can sit between and such a registry nearly always
 * speaks plain HTTP.
 */
export function schemesFor(insecure: boolean, apiHost: string): readonly Scheme[] {
  if (!insecure) return ['https'];
  return isLoopback(apiHost) ? ['http', 'https'] : ['https', 'http'];
}

/**
 * Finds the registry's API by `GET /v2/`, without a login. Returns what it answered, too: a 401 says which login is
 * wanted. Throws REGISTRY_UNREACHABLE.
 */
export async function findEndpoint(search: {
  where: Where;
  insecure: boolean;
  send: PatientSend;
  signal: AbortSignal;
}): Promise<{ endpoint: Endpoint; answer: HttpAnswer }> {
  const { where, insecure, send, signal } = search;
  const schemes = schemesFor(insecure, where.apiHost);
  let first: TransportError | null = null;
  for (const [index, scheme] of schemes.entries()) {
    const isLast = index === schemes.length - 1;
    const endpoint = { base: baseUrl(where, scheme), verifyTls: !insecure };
    try {
      const url = new URL('v2/', endpoint.base);
      const answer = await send({
        method: 'GET',
        url,
        headers: {},
        body: null,
        maxBytes: 1 << 20,
        ...endpoint,
        signal,
      });
      if (isLast || !speaksOther(scheme, answer)) return { endpoint, answer };
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // That it speaks no TLS says nothing new where plain HTTP failed first: why it did is the reason.
      if (isLast || !mayTryOther(error))
        throw unreachable(where, error.kind === 'plain-http' && first !== null ? first : error);
      first = error;
    }
  }
  throw new Error('there is always a scheme to try');
}

function baseUrl(where: Where, scheme: Scheme): URL {
  const host = API_HOSTS[where.apiHost] ?? where.apiHost;
  const text = `${scheme}://${host}/`;
  if (/^[\w.:[\]-]+$/.test(host) && URL.canParse(text)) return new URL(text);
  throw registryError(where, {
    code: 'REGISTRY_UNREACHABLE',
    message: `"${where.apiHost}" is not the host of a registry`,
    hint: 'name it as host or host:port in project.yaml, without a scheme or path',
  });
}

/** A TLS server that is asked in plain HTTP answers 400 (Go, nginx), a proxy before one redirects. */
function speaksOther(scheme: Scheme, answer: HttpAnswer): boolean {
  return scheme === 'http' && (answer.status === 400 || (answer.status >= 300 && answer.status < 400));
}

function mayTryOther(error: TransportError): boolean {
  return ['refused', 'plain-http', 'not-http', 'broken', 'certificate'].includes(error.kind);
}
