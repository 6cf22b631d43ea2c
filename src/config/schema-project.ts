import { z } from 'zod';
import { gitAddressProblem, HOST_PORT_PATTERN, registryHostProblem } from '../values/addresses.ts';
import { CREDENTIAL_ID, KUBERNETES_LABEL, PROJECT_NAME, REPOSITORY_NAME, SITE_NAME } from '../values/names.ts';
import { checkedText, name, namesList, wholeNumber } from './fields.ts';
import { BuildArgs, BuildSecrets } from './schema-build.ts';

/** `parseNumberTag` reads at most nine digits. */
export const HIGHEST_NUMBER = 999_999_999;

const host = () => checkedText(registryHostProblem, HOST_PORT_PATTERN);

const hosts = {
  host: host().describe('Host and port as the engine pushes to it and as image names say it, without `https://`.'),
  pullHost: host()
    .optional()
    .describe(
      'The same registry as the pods reach it: used in deployments, in comparisons with what runs and in printed commands. Default: host.',
    ),
  apiHost: host()
    .optional()
    .describe(
      "The same registry as xgen-build's own process reaches it, where that is another address than the engine's. Default: host.",
    ),
};

const credential = (of: string) =>
  name(CREDENTIAL_ID).optional().describe(`Id of the login for ${of}. Default: none, no login.`);

const LoginRegistry = z.strictObject({ ...hosts, credentialId: credential('the registry') });

const Forge = z.strictObject({
  url: checkedText(gitAddressProblem, /^(?:https?|ssh|file):\/\/.+$/).describe(
    'Address of the git server: https, http, ssh or file, without a login in it.',
  ),
  credentialId: credential('the git server'),
});

const Build = z.strictObject({
  pull: z
    .boolean()
    .default(true)
    .describe("Ask registries for base images at every build; `false` takes those of the engine's own store."),
  args: BuildArgs.default({}).describe('Build arguments of every service: mirrors, base images.'),
  secrets: BuildSecrets.default([]).describe('BuildKit secrets of every service: a CA bundle, a token.'),
  concurrency: wholeNumber(1, 64).default(6).describe('Builds side by side in build-all.'),
  numberFloor: wholeNumber(1, HIGHEST_NUMBER)
    .default(1)
    .describe('Lowest build number, for a time side by side with another CI that numbers its own.'),
});

const Gc = z.strictObject({
  keep: wholeNumber(1, 100_000).default(20).describe('Build numbers that are kept per service and site.'),
  keepDays: wholeNumber(0, 36_500).default(0).describe('Days that every build number is kept, on top of `keep`.'),
});

const Notifications = z.strictObject({
  slack: z
    .strictObject({
      credentialId: name(CREDENTIAL_ID).describe(
        'Id of the login whose password is the address of the incoming webhook.',
      ),
      on: z
        .array(z.enum(['failed', 'recovered', 'succeeded']))
        .default(['failed', 'recovered'])
        .describe('What is told.'),
    })
    .optional()
    .describe('Messages to a Slack channel. Default: none.'),
});

/** project.yaml: where sources come from and where images go. */
export const ProjectFile = z
  .strictObject({
    project: z
      .strictObject({
        name: name(PROJECT_NAME).describe('Name of the project, the first part of every image path.'),
        platform: z
          .string()
          .optional()
          .describe('Value of the label `app.kubernetes.io/part-of`. Default: project.name.'),
        group: name(REPOSITORY_NAME).describe('Group or owner of the service repositories on the git server.'),
        infraRepo: name(REPOSITORY_NAME).optional().describe('Repository of this configuration. Default: none.'),
      })
      .describe('The project itself.'),
    gitlab: Forge.optional().describe(
      'The GitLab server. Exactly one of `gitlab` and `github` is given. Default: none.',
    ),
    github: Forge.optional().describe(
      'The GitHub server. Exactly one of `gitlab` and `github` is given. Default: none.',
    ),
    registry: z
      .strictObject({
        nexus: LoginRegistry.optional().describe(
          'The registry of sites that have none of their own (`--registry nexus`). Default: none.',
        ),
        local: z
          .strictObject({
            ...hosts,
            includeSite: z
              .boolean()
              .default(false)
              .describe('Put the site into image paths, so that two sites do not overwrite one another.'),
          })
          .optional()
          .describe('A registry beside the cluster, without login (`--registry local`). Default: none.'),
      })
      .describe('Where images go. At least one of `nexus` and `local` is given.'),
    kubernetes: z
      .strictObject({ namespace: name(KUBERNETES_LABEL).describe('Namespace of the deployments.') })
      .optional()
      .describe('Where deployments are in a cluster. Default: the namespace is project.name.'),
    sites: namesList(SITE_NAME)
      .min(1, { error: 'expected at least one site' })
      .describe('Customers. A site is a branch of the same name in every service repository and a folder of images.'),
    siteRegistries: z
      .record(name(SITE_NAME), LoginRegistry)
      .default({})
      .describe('Registries of sites that have their own, instead of `registry.nexus`.'),
    build: Build.prefault({}).describe('How images are built.'),
    gc: Gc.prefault({}).describe('What is kept when old images are removed.'),
    notifications: Notifications.prefault({}).describe('Who is told how a build ended.'),
  })
  .meta({ oneOf: [{ required: ['gitlab'] }, { required: ['github'] }] });
export type ProjectFile = z.output<typeof ProjectFile>;
