import { baseFailed, baseLimited, baseUnreachable } from './base-image-verdicts.ts';
import { engineGone } from './engine-verdicts.ts';
import { layerNotTaken, limited, pushFailed, serverFailed, unreachable } from './push-verdicts.ts';
import { BASE_STEP, either, type Rule } from './rule.ts';

type Row = Omit<Rule, 'class' | 'remedy' | 'verdict'> & Partial<Rule>;

const BASE = '[internal] load metadata for r.example.com/x:1';
const REQUEST = 'failed to do request: Head "https://r.example.com/v2/x/manifests/1": ';

const ROWS: readonly Row[] = [
  {
    id: 'engine-lost',
    title: 'engine went away',
    means: 'the engine was restarted or crashed; it is waited for',
    remedy: 'wait-for-engine',
    pattern:
      /error reading from server: EOF|graceful_stop|transport is closing|Cannot connect to the Docker daemon|failed to dial gRPC|^(?:failed to solve: )?context canceled$|ended its answer without a result/i,
    codes: ['ENGINE_UNREACHABLE'],
    tries: 3,
    verdict: engineGone,
    samples: [
      { text: 'rpc error: code = Unavailable desc = error reading from server: EOF' },
      {
        text: 'rpc error: code = Unavailable desc = closing transport due to: received prior goaway: code: NO_ERROR, debug data: "graceful_stop"',
      },
      { text: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' },
      { text: 'failed to solve: context canceled' },
      { text: 'failed to dial gRPC: unable to upgrade to h2c, received 502' },
    ],
    source: 'moby/buildkit#3576, docker/buildx#2789, measured',
  },
  {
    id: 'rate-limit',
    title: 'rate limit',
    means: 'the registry refuses more requests for now; what it asks to wait is waited, up to five minutes',
    pattern: /\b429\b|toomanyrequests/i,
    statuses: (status) => status === 429,
    verdict: either(baseLimited, limited),
    samples: [
      { text: 'toomanyrequests: You have reached your pull rate limit', step: BASE },
      { text: 'toomanyrequests: too many', during: 'push' },
    ],
    source: 'GoogleContainerTools/kaniko#2399',
  },
  {
    id: 'registry-server-error',
    title: 'registry failed',
    means: 'the registry, or a proxy before it, answered with an error of its own (5xx)',
    pattern: /unexpected (?:HTTP )?status[^]*\b5\d\d\b|status code \[[^\]]*\]: 5\d\d/i,
    statuses: (status) => status >= 500 && status !== 501 && status !== 507,
    verdict: either(baseFailed, serverFailed),
    samples: [
      { text: 'received unexpected HTTP status: 500 Internal Server Error', during: 'push' },
      { text: 'unexpected status code [manifests 1]: 503 Service Unavailable', step: BASE },
      { text: 'failed with status code [manifests 1]: 502 Bad Gateway', step: BASE },
    ],
    source: 'moby/moby#17506, measured',
  },
  {
    id: 'layer-not-as-named',
    title: 'wrong bytes',
    means:
      'the registry, or a proxy before it, sends other bytes than the layer of that digest; the engine has tried it five times',
    pattern: /failed commit on ref "?layer-\S+ unexpected commit digest/i,
    during: 'build',
    tries: 2,
    verdict: baseFailed,
    at: /./,
    samples: [
      {
        text: 'failed commit on ref "layer-sha256:1f3c": unexpected commit digest sha256:2a4b, expected sha256:1f3c: failed precondition',
        step: '[1/3] FROM r.example.com/x:1',
      },
    ],
    source: 'measured',
  },
  {
    id: 'blob-unknown',
    title: 'registry forgot',
    means: 'the registry lost what was being uploaded',
    pattern: /blob upload (?:unknown|invalid)|unknown blob/i,
    during: 'push',
    verdict: serverFailed,
    samples: [
      { text: 'blob upload unknown to registry', during: 'push' },
      { text: 'unknown blob', during: 'push' },
    ],
    source: 'moby/moby#36823',
  },
  {
    id: 'content-vanished',
    title: 'pushed content gone',
    means: 'the registry took a blob or manifest and does not have it (garbage collection during a push): pushed again',
    remedy: 'push-again',
    codes: ['PUSH_UNVERIFIED'],
    tries: 3,
    verdict: pushFailed,
    samples: [],
    source: 'distribution/distribution#3045, distribution/distribution#4569',
  },
  {
    id: 'push-keeps-failing',
    title: 'layer not taken',
    means: "the registry does not take a layer, the engine's own tries included, and does not say why",
    pattern: /the engine gave up a layer/,
    during: 'push',
    tries: 3,
    verdict: layerNotTaken,
    samples: [{ text: 'the engine gave up a layer after 2 tries', during: 'push' }],
    source: 'measured',
  },
  {
    id: 'tls-timeout',
    title: 'TLS timeout',
    means: 'the TLS handshake took too long',
    pattern: /TLS handshake timeout/i,
    verdict: either(baseUnreachable, unreachable),
    samples: [
      { text: `${REQUEST}net/http: TLS handshake timeout`, step: BASE },
      { text: 'Get "https://r/v2/": net/http: TLS handshake timeout', during: 'push' },
    ],
    source: 'moby/buildkit#848',
  },
  {
    id: 'token-unavailable',
    title: 'no token',
    means: "the registry's token server did not answer as it should",
    pattern: /failed to fetch (?:oauth|anonymous) token(?![^]*(?:no such host|connection refused))/i,
    verdict: either(baseFailed, serverFailed),
    samples: [{ text: 'failed to authorize: failed to fetch oauth token: unexpected response', step: BASE }],
    source: 'okteto/okteto#1042',
  },
  {
    id: 'host-unknown',
    title: 'no address',
    means: "the registry's name has no address: one more try, because it may be a wrong name",
    pattern: /no such host|server misbehaving/i,
    transport: ['no-such-host'],
    tries: 2,
    verdict: either(baseUnreachable, unreachable),
    samples: [
      { text: `${REQUEST}dial tcp: lookup nosuch.invalid on 10.0.0.2:53: no such host`, step: BASE },
      { text: 'Get "https://nosuch.invalid/v2/": dial tcp: lookup nosuch.invalid: no such host', during: 'push' },
    ],
    source: 'GoogleContainerTools/kaniko#1290',
  },
  {
    id: 'connection-refused',
    title: 'connection refused',
    means: 'nothing listens at the address of the registry',
    pattern: /connection refused/i,
    transport: ['refused'],
    tries: 3,
    verdict: either(baseUnreachable, unreachable),
    samples: [
      { text: `${REQUEST}dial tcp 10.0.0.9:443: connect: connection refused`, step: BASE },
      { text: 'Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', during: 'push' },
    ],
    source: 'measured',
  },
  {
    id: 'network-timeout',
    title: 'no answer',
    means: 'the registry did not answer in time',
    pattern: /i\/o timeout|Client\.Timeout exceeded|context deadline exceeded|timeout awaiting response/i,
    transport: ['timeout'],
    tries: 3,
    verdict: either(baseUnreachable, unreachable),
    samples: [
      { text: `failed to load cache key: ${REQUEST}dial tcp: i/o timeout`, step: 'FROM docker.io/library/zz:latest' },
      {
        text: 'Get "https://r/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
        during: 'push',
      },
    ],
    source: 'docker/actions-toolkit#1289',
  },
  {
    id: 'connection-broken',
    title: 'connection broke',
    means: 'the connection to the registry broke in the middle of a request',
    pattern: /connection reset|broken pipe|(?:Get|Head|Put|Post|Patch) "?http[^]*EOF|use of closed network connection/i,
    transport: ['broken'],
    verdict: either(baseUnreachable, unreachable),
    samples: [
      { text: 'Put "http://r/v2/x/blobs/uploads/1": EOF', during: 'push' },
      { text: 'write tcp 10.0.0.1:1->10.0.0.2:443: write: broken pipe', during: 'push' },
      { text: `${REQUEST}read tcp 10.0.0.1:1->10.0.0.2:443: read: connection reset by peer`, step: BASE },
    ],
    source: 'docker/actions-toolkit#1289',
  },
];

/** Network words count at steps that ask a registry, and at a push; the engine's own anywhere. */
export const TRANSIENT_RULES: readonly Rule[] = ROWS.map((row) => ({
  class: 'transient',
  remedy: 'wait-and-retry',
  verdict: pushFailed,
  ...(row.id === 'engine-lost' ? {} : { at: BASE_STEP }),
  ...row,
}));
