import { UsageError } from '../errors/xgen-error.ts';
import { parseNumberTag, type BuildPlan } from '../plan/build-plan.ts';
import type { ClaimedBuild } from '../ports/store.ts';
import type { StageContext } from './context.ts';

/** The highest bN among a repository's tags, over all architectures; 0 where there is none. */
export function highestNumber(tags: readonly string[]): number {
  return tags.reduce((highest, tag) => Math.max(highest, parseNumberTag(tag)?.number ?? 0), 0);
}

/** True where an image of any architecture has the number. */
export function isNumberTaken(tags: readonly string[], number: number): boolean {
  return tags.some((tag) => parseNumberTag(tag)?.number === number);
}

/**
 * The number that a build taken over after a crash goes on with: the one it drew before, as long as the registry has
 * nothing above it, and at most this very build's own image at it. Null where a new number is to be drawn.
 */
export function keptNumber(state: {
  build: Pick<ClaimedBuild, 'attempt' | 'number'>;
  tags: readonly string[];
  arch: string;
}): number | null {
  const { number, attempt } = state.build;
  if (attempt <= 1 || number === null) return null;
  const isOthers = (tag: string): boolean => {
    const other = parseNumberTag(tag);
    return other !== null && (other.number > number || (other.number === number && other.arch !== state.arch));
  };
  return state.tags.some(isOthers) ? null : number;
}

/** Tags of builds are read with at most nine digits. */
const HIGHEST_NUMBER = 999_999_999;

/**
 * Checks an explicit `--number` before anything is built. Throws NUMBER_TAKEN where it is not above the registry's
 * highest, unless this build drew it before a crash; and where there is no number above that.
 */
export function checkNumber(asked: { plan: BuildPlan; build: ClaimedBuild; tags: readonly string[] }): void {
  const { plan, build, tags } = asked;
  const { number } = plan.image;
  const kept = keptNumber({ build, tags, arch: plan.build.arch });
  const highest = highestNumber(tags);
  if (kept === null && highest >= HIGHEST_NUMBER) throw numbersUsedUp(plan, highest);
  if (number === null || kept === number) return;
  if (number <= highest) throw numberTaken(plan, number, highest);
}

export function numberTaken(plan: BuildPlan, number: number, highest: number): UsageError {
  return new UsageError({
    code: 'NUMBER_TAKEN',
    message: `--number ${number} is not above b${highest}, the highest in ${plan.image.registry.host}/${plan.image.repository}`,
    hint: `leave --number out, or give --number ${highest + 1} or more`,
    facts: { service: plan.service, site: plan.site, number, highest },
  });
}

function numbersUsedUp(plan: BuildPlan, highest: number): UsageError {
  return new UsageError({
    code: 'NUMBER_TAKEN',
    message: `${plan.image.registry.host}/${plan.image.repository} has b${highest}, and there is no number above it`,
    hint: 'delete that tag in the registry: numbers go on from the highest that is there',
    facts: { service: plan.service, site: plan.site, highest },
  });
}

/**
 * Draws the build's number: above the registry's highest, not below `numberFloor`, or the explicit one. A build that was
 * taken over goes on with the number that it has. Emits `number-drawn`. Throws NUMBER_TAKEN.
 */
export async function drawNumber(drawing: {
  plan: BuildPlan;
  context: StageContext;
  tags: readonly string[];
}): Promise<number> {
  const { plan, context, tags } = drawing;
  const { build, emit, ports } = context;
  checkNumber({ plan, build, tags });
  const kept = keptNumber({ build, tags, arch: plan.build.arch });
  const { numberFloor: floor, number: exactly } = plan.image;
  const number = kept ?? (await ports.store.draw(build, { above: highestNumber(tags), floor, exactly }));
  emit({ kind: 'number-drawn', number });
  return number;
}
