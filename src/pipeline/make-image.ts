import type { BuildPlan } from '../plan/build-plan.ts';
import { decideBuild } from '../plan/build-reason.ts';
import { fingerprintOf, type FingerprintInputs } from '../plan/fingerprint.ts';
import { imageLabels } from '../plan/labels.ts';
import type { BuiltImage } from '../ports/builder.ts';
import type { SourceTree } from '../ports/sources.ts';
import type { CheckedBase } from './base-images.ts';
import { buildImage } from './build.ts';
import type { CheckedBuild } from './check.ts';
import type { Healer, TryMode } from './heal.ts';
import { createLooks, type Looks } from './looks.ts';
import { drawNumber } from './number.ts';
import { overlay, type OverlayResult } from './overlay.ts';
import type { SessionContext } from './session.ts';
import { runStage, type StageOutcome } from './stage.ts';
import { basesUntold, basesUsedInstead } from './used-bases.ts';
import { inputsOf, readBases } from './wanted-image.ts';

/** An image in the engine, with the number it will have and the fingerprint that it carries. */
export interface MadeImage extends LabeledImage {
  readonly number: number;
  /** The same anew, for a push that finds the image damaged. */
  readonly rebuild: (mode: TryMode) => Promise<LabeledImage>;
}

/** An image, and the fingerprint on its label. */
export interface LabeledImage {
  readonly image: BuiltImage;
  readonly fingerprint: string;
}

export interface MakeOrder {
  readonly plan: BuildPlan;
  readonly context: SessionContext;
  readonly looks: Looks;
  readonly checked: CheckedBuild;
  readonly tree: SourceTree;
  readonly healer: Healer;
}

/** Overlay and build: from the source to an image in the engine. The number is drawn before the engine begins. */
export async function makeImage(order: MakeOrder): Promise<MadeImage> {
  const { plan, context, checked, tree, healer } = order;
  const laid = await runStage(context, 'overlay', async () => layOver(plan, context, tree));
  return runStage(context, 'build', async () => {
    const bases = await currentBases(order, laid);
    context.note({ reason: reasonOf(order, inputsFor(order, laid, bases)) });
    const number = await drawNumber({ plan, context, tags: checked.registry.tags });
    context.note({ number });
    const build = async (stage: string, { noCache }: TryMode): Promise<LabeledImage> => {
      await healer.ready();
      return buildOnBases({ ...order, laid, stage, noCache }, bases);
    };
    const built = await healer.heal({ stage: 'build', run: (mode) => build('build', mode) });
    context.note({ built: true });
    const healed = healer.told('build');
    const detail = healed === '' ? buildDetail(built.image) : `${healed} · built again`;
    return { value: { ...built, number, rebuild: (mode) => build('push', mode) }, detail };
  });
}

async function layOver(
  plan: BuildPlan,
  context: SessionContext,
  tree: SourceTree,
): Promise<StageOutcome<OverlayResult>> {
  const laid = await overlay({ plan, tree });
  for (const message of laid.notes) context.emit({ kind: 'warning', stage: 'overlay', message });
  const others = laid.files.slice(1).map(({ name }) => name);
  const replaced = laid.replaced.length === 0 ? '' : ` (replaces the repository's ${laid.replaced.join(', ')})`;
  return { value: laid, detail: `${[laid.dockerfile, ...others].join(', ')}${replaced}` };
}

/** As they were checked, unless somebody changed the Dockerfile since. */
async function currentBases(order: MakeOrder, laid: OverlayResult): Promise<readonly CheckedBase[]> {
  const { dockerfileText, bases } = order.checked.view;
  if (laid.dockerfileText === dockerfileText) return bases;
  return readBases({ ...order, ports: order.context.ports }, laid.dockerfileText);
}

function inputsFor({ plan, tree }: MakeOrder, laid: OverlayResult, bases: readonly CheckedBase[]): FingerprintInputs {
  return inputsOf({ plan, commit: tree.head.commit, overlay: laid.files, bases });
}

function reasonOf({ plan, checked, context }: MakeOrder, inputs: FingerprintInputs): string {
  const { previous } = checked;
  const { build, reason } = decideBuild({ previous, wanted: { inputs, doubt: null }, parameters: plan.parameters });
  if (build) return reason;
  return context.build.attempt > 1 ? 'goes on with a build whose process died' : `${reason}, and built to be certain`;
}

/** How often an image is built anew because a base image was republished while it was built. */
const MOST_BUILDS = 3;

/**
 * Builds, and compares what BuildKit says it stood on with what the image's labels say: an image must not claim to be
 * made of what it is not made of. On a difference it is built again, on what BuildKit used.
 */
async function buildOnBases(
  order: MakeOrder & { readonly laid: OverlayResult; readonly stage: string; readonly noCache: boolean },
  looked: readonly CheckedBase[],
): Promise<LabeledImage> {
  const { plan, context, tree, laid, stage, noCache } = order;
  const { contextDirectory } = laid;
  let bases = looked;
  for (let count = 1; ; count += 1) {
    const inputs = inputsFor(order, laid, bases);
    const labels = imageLabels(inputs);
    const about = { sharedKey: tree.sharedKey, contextDirectory, labels };
    const image = await buildImage({ plan, context, stage, noCache, ...about });
    const used = count > MOST_BUILDS ? null : await basesInstead(order, image, bases);
    if (used === null) return { image, fingerprint: fingerprintOf(inputs) };
    await image.remove();
    context.emit({ kind: 'warning', stage, message: republishedText(bases, used) });
    // The last one carries a fingerprint that no later look can come to: it is never taken for unchanged.
    bases = count === MOST_BUILDS ? [...used, { image: 'unsettled', digest: `sha256:${context.build.id}` }] : used;
  }
}

async function basesInstead(
  order: MakeOrder,
  image: BuiltImage,
  bases: readonly CheckedBase[],
): Promise<readonly CheckedBase[] | null> {
  const untold = new Set(basesUntold(bases, image.bases).map((base) => base.image));
  if (untold.size === 0) return basesUsedInstead(bases, image.bases);
  const { plan, context, checked } = order;
  const looks = createLooks(context.signal);
  const now = await readBases({ plan, ports: context.ports, looks }, checked.view.dockerfileText);
  const again = now.filter((base) => untold.has(base.image));
  return basesUsedInstead(bases, [...image.bases, ...again]);
}

function republishedText(before: readonly CheckedBase[], used: readonly CheckedBase[]): string {
  const other = used.filter(
    ({ image, digest }) => !before.some((base) => base.image === image && base.digest === digest),
  );
  return `built on another ${other.map(({ image }) => image).join(', ')} than was looked at: building again`;
}

function buildDetail(image: BuiltImage): string {
  const { cached, total } = image.steps;
  return cached === 0 ? `${String(total)} steps` : `${String(cached)} of ${String(total)} steps cached`;
}
