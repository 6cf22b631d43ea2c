import type { BuildPlan } from '../../src/plan/build-plan.ts';

/** The plan of a small build without targets; `build` changes its part of that name. */
export function planFor(build: Partial<BuildPlan['build']> = {}): BuildPlan {
  return {
    service: 'xgen-core',
    site: 'lotteimall',
    source: {
      url: 'https://git.example.com/xgen/xgen-core.git',
      branch: 'lotteimall',
      credentialId: null,
      submodules: false,
    },
    infraRoot: '/infra',
    overlay: { dockerfile: 'dockerfiles/xgen-python/Dockerfile.local' },
    build: {
      context: '.',
      arch: 'amd64',
      platform: 'linux/amd64',
      target: null,
      args: { TARGETARCH: 'amd64' },
      secrets: [],
      pull: true,
      noCache: false,
      ...build,
    },
    image: {
      registry: {
        host: 'docker.example.com',
        apiHost: 'docker.example.com',
        pullHost: 'docker.example.com',
        credentialId: 'nexus-credentials',
      },
      repository: 'xgen/lotteimall/xgen-core',
      movingTag: 'latest-amd64',
      numberFloor: 1,
      number: null,
    },
    targets: [],
    excluded: [],
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
    warnings: [],
  };
}
