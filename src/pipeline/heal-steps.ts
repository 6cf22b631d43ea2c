import type { Diagnosis, StepName } from '../errors/diagnosis.ts';
import { messageOf, XgenError } from '../errors/xgen-error.ts';
import { diagnoseText } from '../healing/diagnose.ts';
import { baseImages } from '../plan/dockerfile.ts';
import type { PruneScope } from '../ports/upkeep.ts';
import { parseImage } from '../values/image-reference.ts';
import { bytesText } from '../values/size.ts';
import { loginFinder } from './build-input.ts';
import { readCentralFiles } from './central-files.ts';
import type { EngineHold } from './engine-hold.ts';
import type { HealerParts } from './heal-parts.ts';

export interface StepOrder extends HealerParts {
  readonly hold: EngineHold;
  readonly step: StepName;
  readonly waitMs: number;
  readonly failure: Diagnosis;
  /** Asks the registry something; null where it is not known which. */
  readonly ask: (() => Promise<void>) | null;
}

export type TakenStep =
  | {
      readonly kind: 'taken';
      /** `pruned 1.2 GB` */
      readonly done: string;
      readonly noCache: boolean;
      /** Said loudly, beside the line of the stage. */
      readonly warning: string | null;
    }
  /** What was to help could not be done. */
  | { readonly kind: 'failed'; readonly advice: string };

/** An engine that comes back does so within a minute or two. */
const ENGINE_LIMIT_MS = 3 * 60_000;

/** Does what the ladder decided. Throws only when the build is told to stop. */
export async function takeStep(order: StepOrder): Promise<TakenStep> {
  try {
    return await STEPS[order.step](order);
  } catch (error) {
    order.context.signal.throwIfAborted();
    return {
      kind: 'failed',
      advice: `what was to help could not be done (${messageOf(error)}); do it by hand: docker builder prune --all`,
    };
  }
}

const STEPS: Readonly<Record<StepName, (order: StepOrder) => Promise<TakenStep>>> = {
  retry: async () => taken('tried again'),
  'log-in-again': async () => taken('logged in again'),
  'wait-and-retry': async (order) => wait(order),
  'push-again': async (order) => wait(order),
  'wait-for-engine': waitForEngine,
  'prune-and-rebuild': pruneCache,
  'remove-images-and-rebuild': removeBases,
  'free-space-and-rebuild': clearDisk,
  'rebuild-alone': async ({ hold }) => {
    await hold.alone();
    return taken('no other build beside it');
  },
};

function taken(done: string, more: { noCache?: boolean; warning?: string } = {}): TakenStep {
  return { kind: 'taken', done, noCache: more.noCache ?? false, warning: more.warning ?? null };
}

async function wait({ context, waitMs, step, failure, ask }: StepOrder): Promise<TakenStep> {
  await context.ports.clock.sleep(waitMs, context.signal);
  if (failure.rule === 'rate-limit' && ask !== null) {
    // Waits as long as it is told to; what it wants longer is named.
    const refusal = await ask().then(
      () => null,
      (error: unknown) => error,
    );
    context.signal.throwIfAborted();
    if (refusal !== null) return { kind: 'failed', advice: adviceIn(refusal) };
  }
  return taken(step === 'push-again' ? 'pushed again' : `waited ${(waitMs / 1000).toFixed(1)}s`);
}

function adviceIn(refusal: unknown): string {
  const hint = refusal instanceof XgenError ? refusal.hint : null;
  return hint ?? `${messageOf(refusal)}: run the command again later`;
}

async function waitForEngine({ context }: StepOrder): Promise<TakenStep> {
  const { upkeep, clock } = context.ports;
  const begin = clock.monotonicMs();
  if (await upkeep.awaitAnswer({ limitMs: ENGINE_LIMIT_MS, signal: context.signal })) {
    return taken(`it answered after ${((clock.monotonicMs() - begin) / 1000).toFixed(1)}s`);
  }
  return {
    kind: 'failed',
    advice: `the engine did not come back within ${ENGINE_LIMIT_MS / 60_000} minutes: start it (sudo systemctl start docker), then run the command again`,
  };
}

async function pruneCache(order: StepOrder): Promise<TakenStep> {
  const { hold, failure } = order;
  await hold.alone();
  const done = await prune(order, failure.cacheMounts ? { kind: 'everything' } : { kind: 'layers' });
  await hold.letOthersIn();
  return taken(done, { noCache: true });
}

/** A cache whose own books are damaged cannot be emptied; built without it is built all the same. */
async function prune({ context, failure }: StepOrder, scope: PruneScope): Promise<string> {
  const { upkeep, rules } = context.ports;
  for (let tried = 1; ; tried += 1) {
    try {
      const { freedBytes } = await upkeep.prune(scope, context.signal);
      return freedBytes === 0 ? 'cache emptied' : `pruned ${bytesText(freedBytes)}`;
    } catch (error) {
      if (diagnoseText(messageOf(error), rules).class !== 'damage') throw error;
      if (tried === 2) return `nothing pruned (${failure.title})`;
    }
  }
}

async function removeBases(order: StepOrder): Promise<TakenStep> {
  const { plan, context, hold } = order;
  const { upkeep, credentials } = context.ports;
  await hold.alone();
  const [dockerfile] = await readCentralFiles(plan.infraRoot, plan.overlay.dockerfile);
  const text = dockerfile?.content.toString('utf8') ?? '';
  const findLogin = loginFinder(plan, credentials);
  const bases = await Promise.all(
    baseImages(text, plan.build.args, plan.build.target).map(async ({ image }) => {
      const host = parseImage(image)?.host ?? null;
      return { image, login: host === null ? null : await findLogin(host) };
    }),
  );
  const { removed, kept } = await upkeep.removeImagesOn(bases, context.signal);
  const pruned = await prune(order, { kind: 'everything' });
  await hold.letOthersIn();
  const images = `removed ${removed.length} ${removed.length === 1 ? 'image' : 'images'}`;
  if (kept.length === 0) return taken(`${images}, ${pruned}`, { noCache: true });
  const stay = kept.map(({ image, why }) => `${image} (${why})`).join(', ');
  const warning = `images on the same base stay in the engine, and may hold the damaged layer: ${stay}`;
  return taken(`${images}, ${pruned}`, { noCache: true, warning });
}

async function clearDisk(order: StepOrder): Promise<TakenStep> {
  const freed = bytesText(await makeRoom(order));
  const warning = `the disk of the engine was full: ${freed} of its cache were removed. Make more room there: docker system df says what takes it`;
  return taken(`made room: ${freed}`, { warning });
}

/** Half of the cache, the newer half, is kept; where that gives nothing, none is. Resolves to the bytes that are free now. */
export async function makeRoom({ context, hold }: HealerParts & { hold: EngineHold }): Promise<number> {
  const { upkeep } = context.ports;
  await hold.alone();
  try {
    const bytes = await upkeep.cacheBytes(context.signal);
    const half = { kind: 'down-to', keepBytes: (bytes ?? 0) / 2 } as const;
    const { freedBytes } = await upkeep.prune(half, context.signal);
    if (freedBytes > 0) return freedBytes;
    return (await upkeep.prune({ kind: 'everything' }, context.signal)).freedBytes;
  } finally {
    await hold.letOthersIn();
  }
}
