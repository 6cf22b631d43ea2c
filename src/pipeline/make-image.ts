import type { BuildPlan } from '../plan/build-plan.ts';
import { reasonOf } from '../plan/build-reason.ts';
import { imageLabels } from '../plan/labels.ts';
import type { BuiltImage } from '../ports/builder.ts';
import type { SourceTree } from '../ports/sources.ts';
import type { CheckedBase } from './base-images.ts';
import { buildImage } from './build.ts';
import { basesOf, type Checked } from './check.ts';
import { fingerprintOf, type FingerprintInputs } from './fingerprint.ts';
import { drawNumber } from './number.ts';
import { overlay, type OverlayResult } from './overlay.ts';
import type { SessionContext } from './session.ts';
import { runStage, type StageOutcome } from './stage.ts';

/** Raised when xgen-build itself begins to make other images of the same inputs. */
const SEMANTICS_VERSION = 1;

/** An image in the engine, with the number it will have and the fingerprint that it carries. */
export interface MadeImage {
  readonly image: BuiltImage;
  readonly number: number;
  readonly fingerprint: string;
}

export interface MakeOrder {
  readonly plan: BuildPlan;
  readonly context: SessionContext;
  readonly checked: Checked;
  readonly tree: SourceTree;
}

/** Overlay and build: from the source to an image in the engine. The number is drawn before the engine begins. */
export async function makeImage(order: MakeOrder): Promise<MadeImage> {
  const { plan, context, checked, tree } = order;
  const laid = await runStage(context, 'overlay', async () => layOver(plan, context, tree));
  return runStage(context, 'build', async () => {
    const { commit } = tree.head;
    const bases = await currentBases(order, laid);
    const fingerprint = fingerprintOf(fingerprintInputs({ plan, commit, laid, bases }));
    const { previous, registry } = checked;
    context.note({ reason: reasonOf({ previous, commit, fingerprint, parameters: plan.parameters }) });
    await context.ports.store.recordFacts(context.build, { fingerprint });
    const number = await drawNumber({ plan, context, tags: registry.tags });
    context.note({ number });
    const labels = imageLabels({ source: plan.source.url, commit, fingerprint });
    const { contextDirectory } = laid;
    const image = await buildImage({ plan, context, sharedKey: tree.sharedKey, contextDirectory, labels });
    context.note({ built: true });
    return { value: { image, number, fingerprint }, detail: buildDetail(image) };
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
async function currentBases(
  { plan, context, checked }: MakeOrder,
  laid: OverlayResult,
): Promise<readonly CheckedBase[]> {
  const { dockerfileText, bases } = checked.bases;
  return laid.dockerfileText === dockerfileText ? bases : basesOf(plan, context, laid.dockerfileText);
}

function fingerprintInputs(from: {
  plan: BuildPlan;
  commit: string;
  laid: OverlayResult;
  bases: readonly CheckedBase[];
}): FingerprintInputs {
  const { plan, commit, laid, bases } = from;
  const { args, target, platform, context, secrets } = plan.build;
  return {
    semanticsVersion: SEMANTICS_VERSION,
    commit,
    overlay: Object.fromEntries(laid.files.map(({ name, sha256, mode }) => [name, { sha256, mode }])),
    args,
    target,
    platform,
    context,
    submodules: plan.source.submodules,
    baseImages: Object.fromEntries(bases.map(({ image, digest }) => [image, digest])),
    secretIds: secrets.map(({ id }) => id),
  };
}

function buildDetail(image: BuiltImage): string {
  const { cached, total } = image.steps;
  return cached === 0 ? `${String(total)} steps` : `${String(cached)} of ${String(total)} steps cached`;
}
