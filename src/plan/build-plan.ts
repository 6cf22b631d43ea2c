import type { Arch, Platform } from '../values/arch.ts';
import type { RegistryAddress } from '../ports/registry.ts';
import type { BuildParameters } from '../ports/result.ts';
import type { SecretSource } from '../ports/secrets.ts';
import type { SourceRef } from '../ports/sources.ts';
import type { TargetPlan } from '../ports/target.ts';

/** Everything a build does, worked out of the configuration and the parameters; nothing below it reads configuration. */
export interface BuildPlan {
  readonly service: string;
  readonly site: string;
  readonly source: SourceRef;
  /** Absolute path of the folder that holds `config` and `dockerfiles`. */
  readonly infraRoot: string;
  readonly overlay: {
    /** Relative to the infra root, with forward slashes. */
    readonly dockerfile: string;
  };
  readonly build: {
    /** Folder inside the repository, relative, `.` for its root. */
    readonly context: string;
    readonly arch: Arch;
    readonly platform: Platform;
    readonly target: string | null;
    /** TARGETARCH and APP_SITE included. */
    readonly args: Readonly<Record<string, string>>;
    readonly secrets: readonly SecretSource[];
    readonly pull: boolean;
    readonly noCache: boolean;
  };
  readonly image: {
    readonly registry: RegistryAddress;
    /** `xgen/lotteimall/xgen-core` */
    readonly repository: string;
    /** `latest-amd64` */
    readonly movingTag: string;
    readonly numberFloor: number;
    /** An explicit `--number`. */
    readonly number: number | null;
  };
  /** In the order in which they are rolled out; empty with `--no-deploy`. */
  readonly targets: readonly TargetPlan[];
  /** Environments that were asked for and that `environments` or `sites` exclude, with the reason in words. */
  readonly excluded: readonly { readonly env: string; readonly reason: string }[];
  readonly parameters: BuildParameters;
  /** Things worth saying that are not errors (an environment that follows the same moving tag, defect 13). */
  readonly warnings: readonly string[];
}

/** `b42-amd64` */
export function numberTag(number: number, arch: Arch): string {
  return `b${number}-${arch}`;
}

/** The number and architecture of an immutable tag; null for any other tag. */
export function parseNumberTag(tag: string): { readonly number: number; readonly arch: string } | null {
  const match = /^b(?<number>[1-9]\d{0,8})-(?<arch>[a-z0-9]+)$/.exec(tag);
  const number = match?.groups?.['number'];
  const arch = match?.groups?.['arch'];
  return number === undefined || arch === undefined ? null : { number: Number(number), arch };
}

/** `docker.x2bee.com/xgen/lotteimall`: where the images of the site go. */
export function destinationOf(plan: BuildPlan): string {
  const path = plan.image.repository.split('/').slice(0, -1).join('/');
  return `${plan.image.registry.host}/${path}`;
}
