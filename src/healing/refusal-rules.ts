import { basePlainHttp, baseUntrusted } from './base-image-verdicts.ts';
import {
  loginRefused,
  nameRefused,
  plainHttp,
  pushRefused,
  registryFull,
  untrusted,
  updateRefused,
} from './push-verdicts.ts';
import { either, permanent, type Rule } from './rule.ts';

const BASE = '[internal] load metadata for r.example.com/x:1';
const LLB = 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: ';

/** What a registry refuses for good. */
export const REFUSAL_RULES: readonly Rule[] = permanent([
  {
    id: 'certificate-untrusted',
    title: 'certificate not trusted',
    means: "the engine does not trust the registry's certificate",
    pattern: /x509:|tls: failed to verify certificate/i,
    transport: ['certificate'],
    verdict: either(baseUntrusted, untrusted),
    samples: [
      { text: 'Get "https://r/v2/": x509: certificate signed by unknown authority', during: 'push' },
      { text: `${LLB}failed to do request: Head "https://r/v2/": x509: certificate has expired`, step: BASE },
    ],
    source: 'measured',
  },
  {
    id: 'plain-http',
    title: 'plain HTTP',
    means: 'the registry speaks plain HTTP and the engine expects HTTPS',
    pattern: /HTTP response to HTTPS client/i,
    transport: ['plain-http'],
    verdict: either(basePlainHttp, plainHttp),
    samples: [
      { text: 'Get "https://r/v2/": http: server gave HTTP response to HTTPS client', during: 'push' },
      {
        text: `${LLB}failed to do request: Head "https://r:1/v2/": http: server gave HTTP response to HTTPS client`,
        step: BASE,
      },
    ],
    source: 'measured',
  },
  {
    id: 'update-refused',
    title: 'write refused',
    means: 'the registry does not let the tag be written (again)',
    pattern: /does not allow updating|repository is read.only/i,
    during: 'push',
    verdict: updateRefused,
    samples: [{ text: 'unknown: Repository does not allow updating assets: docker', during: 'push' }],
    source: 'Sonatype Nexus',
  },
  {
    id: 'registry-full',
    title: 'registry full',
    means: "the registry's own disk is full",
    pattern: /no space left on device|insufficient storage|\b507\b/i,
    during: 'push',
    verdict: registryFull,
    samples: [{ text: 'received unexpected HTTP status: 507 Insufficient Storage', during: 'push' }],
    source: 'RFC 4918',
  },
  {
    id: 'login-refused',
    title: 'login refused',
    means: 'the registry refuses the login of a push; one new login is tried, because it worked a moment before',
    remedy: 'log-in-again',
    pattern: /no basic auth credentials|unauthorized|authentication required|incorrect username or password|\b401\b/i,
    during: 'push',
    codes: ['REGISTRY_LOGIN_REFUSED'],
    statuses: (status) => status === 401,
    verdict: loginRefused,
    samples: [
      { text: 'no basic auth credentials', during: 'push' },
      { text: 'unauthorized: authentication required', during: 'push' },
      { text: 'Get "https://r/v2/": unauthorized: incorrect username or password', during: 'push' },
    ],
    source: 'devtron-labs/devtron#3432, measured',
  },
  {
    id: 'push-refused',
    title: 'push refused',
    means: 'the login may not push there',
    pattern: /\bdenied\b|\b403\b|forbidden/i,
    during: 'push',
    statuses: (status) => status === 403 || status === 405,
    verdict: pushRefused,
    samples: [
      { text: 'denied: requested access to the resource is denied', during: 'push' },
      { text: 'denied', during: 'push' },
    ],
    source: 'measured',
  },
  {
    id: 'name-unknown',
    title: 'no such repository',
    means: 'the registry has no repository or project of the name',
    pattern: /name unknown|name invalid|manifest unknown|repository name not known/i,
    during: 'push',
    verdict: nameRefused,
    samples: [{ text: 'name unknown: The repository with name "x" does not exist in the registry', during: 'push' }],
    source: 'OCI distribution specification',
  },
]);
