import type { BuildPlan } from '../plan/build-plan.ts';
import { decideBuild, forcedReason, type PreviousBuild } from '../plan/build-reason.ts';
import { fingerprintOf } from '../plan/fingerprint.ts';
import type { RegistryClient } from '../ports/registry.ts';
import { readNumbers, type CheckedRegistry } from './check-registry.ts';
import type { StageContext } from './context.ts';
import { readHeld, type KeptImage } from './held-image.ts';
import { lastKnownImage, type KnownImage } from './known-image.ts';
import type { Looks } from './looks.ts';
import { checkNumber } from './number.ts';
import { readPreviousBuild } from './previous-build.ts';
import { readTip, wantedImage, type CentralView } from './wanted-image.ts';

export interface Question {
  readonly plan: BuildPlan;
  readonly context: StageContext;
  readonly client: RegistryClient;
  readonly looks: Looks;
  /** Begun already; may reject. */
  readonly view: Promise<CentralView>;
  /** Told as soon as the commit turns out to be new to this machine: only seldom was it built elsewhere. */
  readonly onSourceNew: () => void;
}

export type Decided =
  | { readonly kind: 'unchanged'; readonly kept: KeptImage }
  | { readonly kind: 'build'; readonly registry: CheckedRegistry; readonly previous: PreviousBuild | null };

/** The last one that was pushed may have gone to another registry. */
const LOOKED_AT = 2;

/**
 * Is the image that would be built in the registry already? This machine's state is asked first, which takes two
 * requests to be confirmed; else the labels of the newest image tell. Whatever is not certain is built.
 */
export async function decide(question: Question): Promise<Decided> {
  const mayBeThere = isSkippable(question);
  let reading: ReturnType<typeof readRegistry> | null = null;
  if (question.looks.isBuildLikely) {
    reading = readRegistry(question);
    // Heard of below, where it is waited for.
    reading.catch(() => undefined);
  }
  const tip = mayBeThere ? readTipOrNull(question) : Promise.resolve(null);
  const known = mayBeThere ? await knownHere(question) : null;
  const kept = known === null ? null : await keptByState(question, { known, tip });
  if (kept !== null) return { kind: 'unchanged', kept };
  const { registry, previous } = await (reading ?? readRegistry(question));
  const same = previous === null ? null : await keptByLabels(question, { previous, tip });
  return same === null ? { kind: 'build', registry, previous } : { kind: 'unchanged', kept: same };
}

/** A build that was taken over after a crash goes on where it was: its own push is not another's image. */
export function isSkippable({ plan, context }: Pick<Question, 'plan' | 'context'>): boolean {
  return forcedReason(plan.parameters) === null && context.build.attempt === 1;
}

/** Null where the server does not say: the checkout finds out why. */
async function readTipOrNull({ plan, context, looks }: Question): Promise<string | null> {
  return readTip({ plan, sources: context.ports.sources, looks }).catch(() => null);
}

async function knownHere({ plan, context }: Question): Promise<KnownImage | null> {
  const { service, site } = plan;
  const query = { service, site, pushed: true, limit: LOOKED_AT };
  return lastKnownImage(await context.ports.store.find(query), plan);
}

async function keptByState(
  { plan, context, client, view, onSourceNew }: Question,
  { known, tip }: { known: KnownImage; tip: Promise<string | null> },
): Promise<KeptImage | null> {
  const { signal } = context;
  const held = readHeld({ plan, client, number: known.number, signal });
  // Heard of below, where it is waited for.
  held.catch(() => undefined);
  const commit = await tip;
  if (commit !== known.commit) {
    // The source is new: it is brought while the registry is asked.
    if (commit !== null) onSourceNew();
    return null;
  }
  const [{ numbered, moving }, seen] = await Promise.all([held, view]);
  const { inputs, doubt } = wantedImage(plan, commit, seen);
  const isSame = doubt === null && fingerprintOf(inputs) === known.fingerprint;
  // Where a tag is not as this state left it, the registry's own word counts.
  if (!isSame || numbered !== known.digest || moving !== known.digest) return null;
  return { ...known, moving, reason: `unchanged since b${String(known.number)}`, isKnownHere: true };
}

async function keptByLabels(
  { plan, context, client, view }: Question,
  { previous, tip }: { previous: PreviousBuild; tip: Promise<string | null> },
): Promise<KeptImage | null> {
  const commit = await tip;
  if (commit === null) return null;
  const wanted = wantedImage(plan, commit, await view);
  const verdict = decideBuild({ previous, wanted, parameters: plan.parameters });
  if (verdict.build) return null;
  const { numbered, moving } = await readHeld({ plan, client, number: previous.number, signal: context.signal });
  if (numbered !== previous.digest) return null;
  const { number, digest } = previous;
  const fingerprint = fingerprintOf(wanted.inputs);
  return { number, digest, commit, fingerprint, moving, reason: verdict.reason, isKnownHere: false };
}

async function readRegistry({ plan, context, client }: Question) {
  const { signal, build } = context;
  const registry = await readNumbers({ plan, client, signal });
  checkNumber({ plan, build, tags: registry.tags });
  const previous = await readPreviousBuild({ plan, client, tags: registry.tags, signal });
  return { registry, previous };
}
