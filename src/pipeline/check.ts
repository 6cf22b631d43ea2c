import type { BuildPlan } from '../plan/build-plan.ts';
import type { PreviousBuild } from '../plan/build-reason.ts';
import { baseImages } from '../plan/dockerfile.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { checkBasePlatforms } from './base-images.ts';
import { requireWritable, type CheckedRegistry } from './check-registry.ts';
import { checkTargets, type CheckedTargets } from './check-targets.ts';
import type { StageContext } from './context.ts';
import { decide, isSkippable, type Question } from './decide.ts';
import type { KeptImage } from './held-image.ts';
import { removeLeftovers } from './leftovers.ts';
import type { Looks } from './looks.ts';
import { watchRequests, type RequestWatch } from './request-watch.ts';
import { runStage } from './stage.ts';
import { readCentralView, type CentralView } from './wanted-image.ts';

/** What was found out before anything was built. */
export type Checked = CheckedBuild | Unchanged;

export interface CheckedBuild {
  readonly kind: 'build';
  readonly registry: CheckedRegistry;
  readonly client: RegistryClient;
  readonly requests: RequestWatch;
  readonly targets: CheckedTargets;
  readonly previous: PreviousBuild | null;
  /** The central files and base images, as they were when they were looked at. */
  readonly view: CentralView;
}

/** The image that would be built is in the registry already. */
export interface Unchanged {
  readonly kind: 'unchanged';
  readonly client: RegistryClient;
  readonly targets: CheckedTargets;
  readonly kept: KeptImage;
}

export interface CheckOrder {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  readonly looks: Looks;
  /** Told as soon as the source is needed, or nearly certain to be; false where it turns out that it is not. */
  readonly onDecided: (needsSource: boolean) => void;
}

/**
 * Finds out whether there is anything to build, and what would make it end badly: registry, number, base images and
 * targets, side by side.
 */
export async function check(order: CheckOrder): Promise<Checked> {
  const { plan, context, looks, onDecided } = order;
  try {
    return await runStage<Checked>(context, 'check', async () => {
      const requests = watchRequests(context, plan.image.registry.host);
      const client = context.ports.registries.open(plan.image.registry, requests.onRetry);
      const view = readCentralView({ plan, ports: context.ports, looks });
      // Heard of where it is waited for.
      view.catch(() => undefined);
      const [targets, found] = await Promise.all([
        checkTargets({ plan, ports: context.ports, signal: context.signal }),
        findOut({ ...order, client, view, onSourceNew: () => onDecided(true) }),
      ]);
      return found.kind === 'unchanged'
        ? { value: { ...found, client, targets }, detail: found.kept.reason }
        : { value: { ...found, client, requests, targets }, detail: checkedText(plan, targets) };
    });
  } finally {
    onDecided(false);
  }
}

function checkedText(plan: BuildPlan, { targets }: CheckedTargets): string {
  return `may push to ${plan.image.registry.host}${targets.length === 0 ? '' : ', targets are reachable'}`;
}

async function findOut(question: Question & Pick<CheckOrder, 'onDecided'>) {
  const { plan, context, client, onDecided } = question;
  if (!isSkippable(question)) onDecided(true);
  const decided = await decide(question);
  if (decided.kind === 'unchanged') return decided;
  onDecided(true);
  const [view] = await Promise.all([
    checkView(question),
    requireWritable({ plan, client, signal: context.signal }),
    removeLeftovers(context),
  ]);
  return { ...decided, view };
}

async function checkView({ plan, context, looks, view: reading }: Question): Promise<CentralView> {
  const view = await reading;
  const bases = baseImages(view.dockerfileText, plan.build.args, plan.build.target);
  await checkBasePlatforms({ plan, bases, ports: context.ports, looks });
  return view;
}
