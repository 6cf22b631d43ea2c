import { baseMissing, baseRefused } from './base-image-verdicts.ts';
import { BASE_STEP, permanent, type Rule } from './rule.ts';

const BASE = '[internal] load metadata for r.example.com/x:1';
const LLB = 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: ';

/** Base images that are not to be had. */
export const BASE_IMAGE_RULES: readonly Rule[] = permanent([
  {
    id: 'base-image-refused',
    title: 'access refused',
    means: 'the login may not read a base image, or there is none of the name',
    pattern: /pull access denied|insufficient_scope|\b403\b|forbidden|denied:/i,
    during: 'build',
    at: BASE_STEP,
    verdict: baseRefused,
    samples: [
      {
        text: `${LLB}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
        step: BASE,
      },
    ],
    source: 'measured',
  },
  {
    id: 'base-image-login',
    title: 'login refused',
    means: 'the registry of a base image refuses the login; one new login is tried, because it worked a moment before',
    remedy: 'log-in-again',
    pattern: /no basic auth credentials|unauthorized|\b401\b/i,
    during: 'build',
    at: BASE_STEP,
    verdict: baseRefused,
    samples: [
      {
        text: `${LLB}failed to authorize: rpc error: code = Unknown desc = failed to fetch anonymous token: unexpected status: 401 Unauthorized`,
        step: BASE,
      },
    ],
    source: 'devtron-labs/devtron#3432, measured',
  },
  {
    id: 'base-image-missing',
    title: 'image missing',
    means: 'a base image is not in its registry, or not for the platform',
    pattern: /(?:^|\s)[a-z0-9][^\s/]*\/\S+: not found\s*$|manifest unknown|name unknown|no match for platform/i,
    during: 'build',
    at: BASE_STEP,
    verdict: baseMissing,
    samples: [
      { text: `${LLB}r.example.com/x:1: not found`, step: BASE },
      {
        text: 'failed to solve: r.example.com/x:1: failed to resolve source metadata for r.example.com/x:1: r.example.com/x:1: not found',
        step: BASE,
      },
    ],
    source: 'measured',
  },
]);
