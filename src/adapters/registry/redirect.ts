import type { PatientCall, PatientSend } from './patient-send.ts';
import { registryError, type Where } from './registry-error.ts';
import type { HttpAnswer } from './transport.ts';

const LONGEST_CHAIN = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Follows redirects of reading requests, as registries send them for blobs that lie in an object store. The login goes
 * to the registry alone, never to where it points; and from HTTPS it never goes on over plain HTTP.
 * Throws REGISTRY_FAILED for a redirect that cannot be followed.
 */
export async function followRedirects(parts: {
  call: PatientCall;
  where: Where;
  send: PatientSend;
}): Promise<HttpAnswer> {
  const { where, send } = parts;
  let call = parts.call;
  for (let hop = 0; ; hop += 1) {
    const answer = await send(call);
    const isRead = call.method === 'GET' || call.method === 'HEAD';
    if (!isRead || !REDIRECTS.has(answer.status)) return answer;
    const next = nextCall(call, answer.headers.location);
    if (next === null || hop >= LONGEST_CHAIN) {
      throw registryError(where, {
        code: 'REGISTRY_FAILED',
        message: `the registry ${where.host} redirects ${hop >= LONGEST_CHAIN ? 'in a circle' : 'to an address that may not be used'}`,
        hint: 'check the external address and the storage redirect in the registry',
        evidence: [`${answer.status} from ${call.url.origin}`],
      });
    }
    call = next;
  }
}

/** The call that a redirect asks for; null where it may not be followed. */
export function nextCall(call: PatientCall, location: string | undefined): PatientCall | null {
  if (location === undefined || !URL.canParse(location, call.url.href)) return null;
  const url = new URL(location, call.url);
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || call.url.protocol === 'https:')) return null;
  url.username = '';
  url.password = '';
  const verifyTls = call.verifyTls || url.hostname !== call.url.hostname;
  if (url.origin === call.url.origin) return { ...call, url, verifyTls };
  const { authorization: _, ...headers } = call.headers;
  return { ...call, url, headers, verifyTls };
}
