import { baseImages } from '../plan/dockerfile.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { imageLabels } from '../plan/labels.ts';
import type { BuiltImage } from '../ports/builder.ts';
import type { SourceTree } from '../ports/sources.ts';
import { checkBaseImages, type CheckedBase } from './base-images.ts';
import { buildEvents, cachedText } from './build-events.ts';
import { buildInputOf, loginFinder } from './build-input.ts';
import type { StageContext } from './context.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { OverlayResult } from './overlay.ts';
import { runStage } from './stage.ts';

export interface BuildOrder {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  readonly tree: SourceTree;
  readonly overlay: OverlayResult;
  /** Told the fingerprint before the engine begins; the build waits for it. */
  readonly onFingerprint: (fingerprint: string) => Promise<void>;
}

export interface BuildOutcome {
  readonly image: BuiltImage;
  readonly fingerprint: string;
  readonly bases: readonly CheckedBase[];
}

/** Raised when the same inputs begin to make another image, because xgen-build itself builds differently. */
const SEMANTICS_VERSION = 1;

/**
 * The stage `build`: base images are looked at, the fingerprint of all inputs is worked out, the image is built with it
 * as a label. Throws as checkBaseImages and Builder.build say.
 */
export async function build(order: BuildOrder): Promise<BuildOutcome> {
  const { plan, context, overlay } = order;
  return runStage(context, 'build', async () => {
    const { args, target } = plan.build;
    const wanted = baseImages(overlay.dockerfileText, args, target);
    const bases = await checkBaseImages({ plan, bases: wanted, ports: context.ports, signal: context.signal });
    const fingerprint = fingerprintOf(fingerprintInputs(order, bases));
    await order.onFingerprint(fingerprint);
    const image = await buildImage(order, fingerprint);
    return { value: { image, fingerprint, bases }, detail: cachedText(image.steps) };
  });
}

async function buildImage({ plan, context, tree, overlay }: BuildOrder, fingerprint: string): Promise<BuiltImage> {
  const { builder, credentials, readSecret } = context.ports;
  const input = buildInputOf({
    plan,
    buildId: context.build.id,
    sharedKey: tree.sharedKey,
    contextDirectory: overlay.contextDirectory,
    labels: imageLabels({ source: plan.source.url, commit: tree.head.commit, fingerprint }),
    loginFor: loginFinder(plan, credentials),
    readSecret,
  });
  return builder.build(input, { signal: context.signal, onProgress: buildEvents('build', context.emit) });
}

function fingerprintInputs({ plan, tree, overlay }: BuildOrder, bases: readonly CheckedBase[]) {
  const { args, target, platform, context, secrets } = plan.build;
  return {
    semanticsVersion: SEMANTICS_VERSION,
    commit: tree.head.commit,
    overlay: Object.fromEntries(overlay.files.map(({ name, sha256, mode }) => [name, { sha256, mode }])),
    args,
    target,
    platform,
    context,
    submodules: plan.source.submodules,
    baseImages: Object.fromEntries(bases.map(({ image, digest }) => [image, digest])),
    secretIds: secrets.map(({ id }) => id),
  };
}
