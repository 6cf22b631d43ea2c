import type { BuildPlan } from '../plan/build-plan.ts';
import { REVISION_LABEL } from '../plan/labels.ts';
import type { BuildInput } from '../ports/builder.ts';
import type { Credentials, Login } from '../ports/credentials.ts';
import type { ReadSecret } from '../ports/secrets.ts';
import { withTag, type ImageReference } from '../values/image-reference.ts';

export interface BuildInputParts {
  readonly plan: BuildPlan;
  readonly buildId: string;
  readonly sharedKey: string;
  readonly contextDirectory: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly loginFor: (host: string) => Promise<Login | null>;
  readonly readSecret: ReadSecret;
  /** True where the cache is left aside though the plan does not say so: it was found to be damaged. */
  readonly noCache?: boolean;
}

/** What the builder is told, worked out of the plan and the context. */
export function buildInputOf(parts: BuildInputParts): BuildInput {
  const { plan, buildId, sharedKey, contextDirectory, labels, loginFor, readSecret } = parts;
  const { platform, target, args, pull } = plan.build;
  const noCache = plan.build.noCache || parts.noCache === true;
  return {
    contextDirectory,
    // Another folder of the same tree is another context.
    sharedKey: `${sharedKey} ${plan.build.context}`,
    platform,
    target,
    args: { ...commitArgument(labels), ...args },
    labels,
    secrets: plan.build.secrets.map((source) => ({ id: source.id, read: async () => readSecret(source) })),
    noCache,
    pull,
    loginFor,
    localTag: localTagOf(plan.service, buildId),
  };
}

/** The commit for a Dockerfile that declares it: it changes nothing in the cache of one that does not. */
function commitArgument(labels: Readonly<Record<string, string>>): Record<string, string> {
  const commit = labels[REVISION_LABEL];
  return commit === undefined ? {} : { APP_COMMIT: commit };
}

/** A tag that no registry can have, so that it is never pushed or pulled: `xgen-build.local/xgen-core:<build>`. */
export function localTagOf(service: string, buildId: string): ImageReference {
  return withTag({ host: 'xgen-build.local', path: service }, buildId);
}

/** The build that a local tag belongs to; null for any other tag. */
export function buildOfLocalTag(tag: string): string | null {
  return /^xgen-build\.local\/[^:]+:(?<build>[\w.-]+)$/.exec(tag)?.groups?.['build'] ?? null;
}

/** The plan's own registry has its own credential; other hosts have what the Docker configuration knows. */
export function loginFinder(plan: BuildPlan, credentials: Credentials): (host: string) => Promise<Login | null> {
  const { registry } = plan.image;
  return async (host) => {
    const use = { kind: 'registry', host } as const;
    return host === registry.host && registry.credentialId !== null
      ? credentials.require(registry.credentialId, use)
      : credentials.find(use);
  };
}
