import { describe, expect, test } from 'vitest';
import { classifyBuildFailure } from '../../src/healing/diagnose.ts';
import type { BuildFailure } from '../../src/healing/failure.ts';
import { RULES } from '../../src/healing/rules.ts';

const DOCKERFILE = 'FROM busybox\nRUN one\nCOPY --from=busybox /a /b\nRUN cat <<x && \\\n  exit 7\n';
const LLB = 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: ';

function classify(message: string, step: string | null = null, output: readonly string[] = []) {
  const failure: BuildFailure = {
    during: 'build',
    message,
    step: step === null ? null : { name: step, error: message, output },
    dockerfile: DOCKERFILE,
  };
  const { code, message: text, facts, hint, evidence } = classifyBuildFailure(failure, RULES);
  return { code, text, facts, hint, evidence };
}

/** Texts as engines 20.10.24 and 28.5 wrote them. */
const SAMPLES: [string, string | null, string, string][] = [
  [
    'executor failed running [/bin/sh -c one]: exit code: 7',
    '[2/3] RUN one',
    'BUILD_FAILED',
    'RUN one failed with exit code 7 (Dockerfile line 2)',
  ],
  [
    'process "/bin/sh -c one" did not complete successfully: exit code: 7',
    '[2/3] RUN one',
    'BUILD_FAILED',
    'RUN one failed with exit code 7 (Dockerfile line 2)',
  ],
  [
    'failed to solve: process "/bin/sh -c echo \\"exit code: 3\\"" did not complete successfully: exit code: 5',
    '[2/3] RUN one',
    'BUILD_FAILED',
    'exit code 5',
  ],
  [
    'executor failed running [/bin/sh -c one]: runc did not terminate sucessfully',
    '[2/3] RUN one',
    'BUILD_FAILED',
    'RUN one failed (Dockerfile line 2)',
  ],
  [
    'executor failed running [/bin/sh -c echo dockerfile parse error line 3: x; no space left on device]: exit code: 1',
    '[2/3] RUN one',
    'BUILD_FAILED',
    'exit code 1',
  ],
  ['secret token not found: not found', '[2/3] RUN one', 'BUILD_FAILED', 'needs the secret "token"'],
  ['secret token: not found', '[2/3] RUN one', 'BUILD_FAILED', 'needs the secret "token"'],
  [
    'failed to compute cache key: "/nope.txt" not found: not found',
    '[2/2] COPY nope.txt /',
    'DOCKERFILE_INVALID',
    'COPY needs nope.txt, which is not in the build context',
  ],
  [
    'failed to solve: failed to compute cache key: failed to calculate checksum of ref 1a2b::x: "/nope.txt": not found',
    '[2/2] COPY nope.txt /',
    'DOCKERFILE_INVALID',
    'COPY needs nope.txt',
  ],
  [
    'failed to compute cache key: "/a" not found: not found',
    '[3/3] COPY --from=busybox /a /b',
    'DOCKERFILE_INVALID',
    'COPY needs a, which is not in busybox (Dockerfile line 3)',
  ],
  [
    `${LLB}dockerfile parse error line 2: unknown instruction: RUNN`,
    null,
    'DOCKERFILE_INVALID',
    'Dockerfile line 2 cannot be read: unknown instruction: RUNN',
  ],
  [
    'failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
    null,
    'DOCKERFILE_INVALID',
    'Dockerfile line 2 cannot be read',
  ],
  [`${LLB}the Dockerfile cannot be empty`, null, 'DOCKERFILE_INVALID', 'is empty'],
  [
    'failed to solve with frontend dockerfile.v0: failed to read dockerfile: open /var/lib/docker/tmp/buildkit-mount1/Dockerfile: no such file or directory',
    null,
    'DOCKERFILE_INVALID',
    'not in the build context',
  ],
  [`${LLB}target stage zz could not be found`, null, 'DOCKERFILE_INVALID', 'no stage "zz"'],
  ['failed to solve: target stage "zz" could not be found', null, 'DOCKERFILE_INVALID', 'no stage "zz"'],
  [`${LLB}base name ($BASE) should not be blank`, null, 'DOCKERFILE_INVALID', 'base name ($BASE) should not be blank'],
  [
    `${LLB}r.example.com/base/nope:1: not found`,
    '[internal] load metadata for r.example.com/base/nope:1',
    'BASE_IMAGE_MISSING',
    'r.example.com/base/nope:1 is not in its registry',
  ],
  [
    'failed to solve: r.example.com/x:1: failed to resolve source metadata for r.example.com/x:1: r.example.com/x:1: not found',
    '[internal] load metadata for r.example.com/x:1',
    'BASE_IMAGE_MISSING',
    'r.example.com/x:1',
  ],
  [
    `${LLB}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    '[internal] load metadata for docker.io/library/nope:1',
    'BASE_IMAGE_MISSING',
    'docker.io/library/nope:1',
  ],
  [
    `${LLB}failed to authorize: rpc error: code = Unknown desc = failed to fetch anonymous token: unexpected status: 401 Unauthorized`,
    '[internal] load metadata for r/x:1',
    'BASE_IMAGE_MISSING',
    'r/x:1',
  ],
  [
    `${LLB}failed to do request: Head "https://nosuch.invalid/v2/x/manifests/1": dial tcp: lookup nosuch.invalid on 10.0.0.2:53: no such host`,
    '[internal] load metadata for nosuch.invalid/x:1',
    'REGISTRY_UNREACHABLE',
    'nosuch.invalid/x:1',
  ],
  [
    'failed to load cache key: failed to do request: Head "https://registry-1.docker.io/v2/library/zz/manifests/latest": dial tcp: i/o timeout',
    'FROM docker.io/library/zz:latest',
    'REGISTRY_UNREACHABLE',
    'docker.io/library/zz:latest',
  ],
  [
    `${LLB}failed to do request: Head "https://r:1/v2/": http: server gave HTTP response to HTTPS client`,
    '[internal] load metadata for r:1/x:1',
    'REGISTRY_UNREACHABLE',
    'r:1/x:1',
  ],
  [
    `${LLB}unexpected status code [manifests 1]: 503 Service Unavailable`,
    '[internal] load metadata for r/x:1',
    'REGISTRY_FAILED',
    'answered with an error',
  ],
  [
    `${LLB}toomanyrequests: You have reached your pull rate limit`,
    '[internal] load metadata for docker.io/library/x:1',
    'REGISTRY_FAILED',
    'refuses more pulls',
  ],
  [
    'failed to copy files: write /var/lib/docker/overlay2/x/a: no space left on device',
    '[2/3] COPY . .',
    'DISK_FULL',
    'disk of the Docker engine is full',
  ],
  [
    'failed to prepare abc: open /var/lib/x/committed: no such file',
    '[2/3] RUN one',
    'BUILDER_FAILED',
    'failed to prepare abc',
  ],
  ['rpc error: code = Unavailable desc = error reading from server: EOF', null, 'ENGINE_UNREACHABLE', 'EOF'],
];

describe('what the builder says', () => {
  test.each(SAMPLES)('%s', (...[message, step, code, text]) => {
    const error = classify(message, step);
    expect(error.code).toBe(code);
    expect(error.text).toContain(text);
    expect(error.hint).not.toBeNull();
  });
});

test("a failed step's evidence is its own output; any other failure's is what the builder said", () => {
  const failed = classify('executor failed running [/bin/sh -c one]: exit code: 1', '[2/3] RUN one', ['boom', 'bang']);
  expect(failed.evidence).toEqual(['boom', 'bang']);
  expect(failed.facts).toEqual({ exitCode: 1, step: '[2/3] RUN one', line: 2 });
  const other = classify('failed to prepare x as y', '[2/3] RUN one', ['boom']);
  expect(other.evidence).toEqual(['failed to prepare x as y']);
});

test('what a step says itself comes first, and is not repeated in the evidence', () => {
  const failure = 'executor failed running [/bin/sh -c one]: exit code: 1';
  const said = ['xgen-build: the packages are missing', 'xgen-build: correct PIP_INDEX_URL'];
  const output = ['xgen-build: an earlier word', 'ERROR: no match', ...said, 'of the other output'];
  const { code, text, hint, evidence } = classify(failure, '[2/3] RUN one', output);
  expect({ code, text, hint, evidence }).toEqual({
    code: 'BUILD_FAILED',
    text: 'the packages are missing (Dockerfile line 2)',
    hint: 'correct PIP_INDEX_URL',
    evidence: ['xgen-build: an earlier word', 'ERROR: no match', 'of the other output'],
  });
});

test.each([
  ['in the middle of a line', ['he said xgen-build: this is wrong']],
  ['nothing', ['xgen-build: ']],
])('a step that says %s says nothing about its failure', (_, output) => {
  const { text, evidence } = classify('executor failed running [x]: exit code: 1', '[2/3] RUN one', output);
  expect(text).toBe('RUN one failed with exit code 1 (Dockerfile line 2)');
  expect(evidence).toEqual(output);
});

test('a long command is cut in the message', () => {
  const { text } = classify('executor failed running [x]: exit code: 1', `[2/3] RUN ${'very '.repeat(60)}long`);
  expect(text.length).toBeLessThan(140);
});
