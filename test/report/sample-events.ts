import type { BuildEvent, BuildEventBody } from '../../src/ports/events.ts';
import type { BuildResult, ErrorReport, RolloutResult } from '../../src/ports/result.ts';
import type { Digest } from '../../src/values/image-reference.ts';

export const DIGEST: Digest = `sha256:${'1f3c'.repeat(16)}`;
export const OLD_DIGEST: Digest = `sha256:${'0a9b'.repeat(16)}`;

const REPOSITORY = 'docker.x2bee.com/xgen/lotteimall/xgen-core';

/** A rollout of b42 to dev that went well. */
export function sampleRollout(changes: Partial<RolloutResult> = {}): RolloutResult {
  const env = changes.env ?? 'dev';
  return {
    env,
    status: 'succeeded',
    deployment: 'xgen-core',
    replicas: 1,
    number: 42,
    digest: DIGEST,
    previous: { number: 41, digest: OLD_DIGEST },
    rollbackCommand: `xgen-build rollback xgen-core --site lotteimall --env ${env} --to b41`,
    nativeRollbackCommand: `kubectl set image deployment/xgen-core xgen-core=${REPOSITORY}@${OLD_DIGEST}`,
    detail: 'answers 200 on /health, runs sha256:1f3c1f3c1f3c',
    error: null,
    durationMs: 2900,
    ...changes,
  };
}

/** The result of a build of b42 that runs in dev. */
export function sampleResult(changes: Partial<BuildResult> = {}): BuildResult {
  return {
    schemaVersion: 1,
    service: 'xgen-core',
    site: 'lotteimall',
    status: 'succeeded',
    number: 42,
    commit: '5d6e7f8'.padEnd(40, '0'),
    image: `${REPOSITORY}:latest-amd64`,
    buildImage: `${REPOSITORY}:b42-amd64`,
    digest: DIGEST,
    built: true,
    reason: 'source changed: 1a2b3c4 → 5d6e7f8',
    attempts: [],
    stages: [{ name: 'checkout', status: 'succeeded', durationMs: 210 }],
    rollouts: [sampleRollout()],
    parameters: {
      site: 'lotteimall',
      env: ['dev'],
      tag: 'latest',
      arch: 'amd64',
      registry: 'nexus',
      deploy: true,
      noCache: false,
      rebuild: false,
      number: null,
      switchSite: false,
      trigger: 'person',
      jenkinsBuildNumber: null,
    },
    infra: { commit: 'a'.repeat(40), dirty: false },
    startedBy: 'jiwon@ci-7',
    warnings: [],
    error: null,
    durationMs: 8123,
    ...changes,
  };
}

/** What a failed RUN step of a build reports. */
export const BUILD_FAILED: ErrorReport = {
  code: 'BUILD_FAILED',
  message: 'RUN npm ci ended with exit code 1',
  stage: 'build',
  hint: 'make `npm ci` pass in a checkout of 5d6e7f8, then build again',
  evidence: [
    'npm error code ERESOLVE',
    'npm error ERESOLVE could not resolve react@19 with @wordpress/components@28, which is asked for by xgen-frontend',
    'Dockerfile:7  RUN npm ci',
  ],
};

/** What a container that crashes at its start reports. */
export const ROLLOUT_EXITED: ErrorReport = {
  code: 'ROLLOUT_EXITED',
  message: 'the new container of xgen-core in prd ended with exit code 1; b41 is back',
  stage: 'rollout prd',
  hint: "set REDIS_HOST in prd's environment, then: xgen-build deploy xgen-core --site lotteimall --env prd --to b42",
  evidence: ['Traceback (most recent call last):', '  File "/app/main.py", line 12', "KeyError: 'REDIS_HOST'"],
};

/** An event with a place in a stream. */
export function event(body: BuildEventBody, seq = 1): BuildEvent {
  return { ...body, seq, at: '2026-05-10T12:00:00.000Z' };
}

export const BUILD_STARTED: BuildEventBody = {
  kind: 'build-started',
  service: 'xgen-core',
  site: 'lotteimall',
  arch: 'amd64',
  destination: 'docker.x2bee.com/xgen/lotteimall',
  startedBy: 'jiwon@ci-7',
};
