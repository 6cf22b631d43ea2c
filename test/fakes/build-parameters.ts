import type { BuildParameters } from '../../src/ports/result.ts';

/** What a build is asked for where nothing was typed but its service. */
export const PARAMETERS: BuildParameters = {
  site: 'main',
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
};
