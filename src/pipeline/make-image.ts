import type { BuildPlan } from '../plan/build-plan.ts';
import { reasonOf } from '../plan/build-reason.ts';
import type { BuiltImage } from '../ports/builder.ts';
import type { SourceTree } from '../ports/sources.ts';
import { build } from './build.ts';
import type { Checked } from './check.ts';
import { drawNumber } from './number.ts';
import { overlay, type OverlayResult } from './overlay.ts';
import type { SessionContext } from './session.ts';
import { runStage, type StageOutcome } from './stage.ts';

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
  let number = 0;
  const { image, fingerprint } = await build({
    plan,
    context,
    tree,
    overlay: laid,
    onFingerprint: async (known) => {
      const { previous, registry } = checked;
      const { commit } = tree.head;
      context.note({ reason: reasonOf({ previous, commit, fingerprint: known, parameters: plan.parameters }) });
      await context.ports.store.recordFacts(context.build, { fingerprint: known });
      number = await drawNumber({ plan, context, tags: registry.tags });
      context.note({ number });
    },
  });
  context.note({ built: true });
  return { image, number, fingerprint };
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
