import { createHash } from 'node:crypto';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { WantedImage } from '../plan/build-reason.ts';
import { baseImages, remoteSources } from '../plan/dockerfile.ts';
import { SEMANTICS_VERSION, type FingerprintInputs } from '../plan/fingerprint.ts';
import { withoutCredentials } from '../plan/labels.ts';
import type { Sources } from '../ports/sources.ts';
import { readBaseDigests, type CheckedBase } from './base-images.ts';
import { readCentralFiles, type CentralFile } from './central-files.ts';
import type { Ports } from './context.ts';
import type { Looks } from './looks.ts';

/** The central files as they are now, and what the Dockerfile among them stands on. */
export interface CentralView {
  readonly files: readonly CentralFile[];
  readonly dockerfileText: string;
  readonly bases: readonly CheckedBase[];
}

export interface WantedRead {
  readonly plan: BuildPlan;
  readonly ports: Pick<Ports, 'registries' | 'builder'>;
  readonly looks: Looks;
}

/** The commit at the tip of the source's branch, asked of the git server once per run. */
export async function readTip(read: {
  plan: BuildPlan;
  sources: Pick<Sources, 'resolve'>;
  looks: Looks;
}): Promise<string> {
  const { plan, sources, looks } = read;
  const { url, branch, credentialId } = plan.source;
  const key = JSON.stringify([url, branch, credentialId]);
  return looks.tips(key, async () => sources.resolve(plan.source, looks.signal));
}

/** Throws what reading central files, Dockerfile and base images throws. */
export async function readCentralView(read: WantedRead): Promise<CentralView> {
  const files = await readCentralFiles(read.plan.infraRoot, read.plan.overlay.dockerfile);
  const dockerfileText = files[0]?.content.toString('utf8') ?? '';
  return { files, dockerfileText, bases: await readBases(read, dockerfileText) };
}

export async function readBases(read: WantedRead, dockerfileText: string): Promise<readonly CheckedBase[]> {
  const { args, target } = read.plan.build;
  return readBaseDigests({ ...read, bases: baseImages(dockerfileText, args, target) });
}

/** What a build of `commit` with these files would make. */
export function wantedImage(plan: BuildPlan, commit: string, view: CentralView): WantedImage {
  const overlay = view.files.map(({ name, content, mode }) => ({ name, sha256: sha256(content), mode }));
  return {
    inputs: inputsOf({ plan, commit, overlay, bases: view.bases }),
    doubt: doubtOf(plan, view.dockerfileText),
  };
}

/** All that decides what the image holds. */
export function inputsOf(from: {
  plan: BuildPlan;
  commit: string;
  overlay: readonly { readonly name: string; readonly sha256: string; readonly mode: number }[];
  bases: readonly CheckedBase[];
}): FingerprintInputs {
  const { plan, commit, overlay, bases } = from;
  const { args, target, platform, context, secrets } = plan.build;
  return {
    semanticsVersion: SEMANTICS_VERSION,
    repository: withoutCredentials(plan.source.url),
    commit,
    overlay: Object.fromEntries(overlay.map(({ name, sha256: hash, mode }) => [name, { sha256: hash, mode }])),
    args,
    target,
    platform,
    context,
    submodules: plan.source.submodules,
    baseImages: Object.fromEntries(bases.map(({ image, digest }) => [image, digest])),
    secretIds: secrets.map(({ id }) => id),
  };
}

function doubtOf({ build }: BuildPlan, dockerfileText: string): string | null {
  const [remote] = remoteSources(dockerfileText, build.args, build.target);
  return remote === undefined
    ? null
    : `the Dockerfile adds ${remote}, whose content is known to nobody before the build`;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
