import { parseNumberTag } from '../plan/build-plan.ts';
import type { Digest } from '../values/image-reference.ts';

/** A tag of a repository and what it holds. */
export interface HeldTag {
  readonly tag: string;
  readonly digest: Digest;
}

export interface GcRule {
  /** So many of the highest numbers are kept. */
  readonly keep: number;
  /** Days that a number is kept whatever its place; 0: no such rule. */
  readonly keepDays: number;
}

export interface GcQuestion {
  readonly tags: readonly HeldTag[];
  readonly rule: GcRule;
  /** What runs somewhere, or ran well there last, with the words that say so. */
  readonly spared: ReadonlyMap<Digest, string>;
  /** Days since a number was built; null where that is not known, and then it is kept. Asked with `keepDays` alone. */
  readonly ageDays: (number: number) => number | null;
  /** The images of an index: they are kept with it. */
  readonly childrenOf: (digest: Digest) => readonly Digest[];
}

/** A manifest that goes, with every tag on it. */
export interface Removal {
  readonly digest: Digest;
  readonly tags: readonly string[];
}

export interface GcDecision {
  readonly remove: readonly Removal[];
  /** Old numbers that stay, and why. */
  readonly spared: readonly { readonly tag: string; readonly why: string }[];
  /** Every number that is still there afterwards. */
  readonly numbers: readonly number[];
}

/**
 * What may go of one repository: old numbers whose digest no tag that stays has, that runs nowhere, that did not run well
 * last anywhere, and that is in no index that stays. Any tag that is no number stays.
 */
export function decideGc(question: GcQuestion): GcDecision {
  const { tags, spared, childrenOf } = question;
  const fresh = keptNumbers(question);
  const why = new Map<Digest, string>(spared);
  for (const { tag, digest } of tags) {
    const number = parseNumberTag(tag)?.number ?? null;
    if (number !== null && !fresh.has(number)) continue;
    if (!why.has(digest)) why.set(digest, `the same image as ${tag}`);
  }
  for (const digest of why.keys()) {
    for (const child of childrenOf(digest)) if (!why.has(child)) why.set(child, 'a part of an image that is kept');
  }
  const old = tags.filter(({ tag }) => isOld(tag, fresh)).toSorted(newestFirst);
  return {
    remove: groupByDigest(old.filter(({ digest }) => !why.has(digest))),
    spared: old.flatMap(({ tag, digest }) => {
      const reason = why.get(digest);
      return reason === undefined ? [] : [{ tag, why: reason }];
    }),
    numbers: numbersOf(tags.filter(({ tag, digest }) => !isOld(tag, fresh) || why.has(digest))),
  };
}

function newestFirst(left: HeldTag, right: HeldTag): number {
  const difference = (parseNumberTag(right.tag)?.number ?? 0) - (parseNumberTag(left.tag)?.number ?? 0);
  return difference === 0 ? left.tag.localeCompare(right.tag) : difference;
}

function isOld(tag: string, fresh: ReadonlySet<number>): boolean {
  const number = parseNumberTag(tag)?.number ?? null;
  return number !== null && !fresh.has(number);
}

/** The highest ones, never none of them; and those that are not old enough. */
function keptNumbers({ tags, rule, ageDays }: GcQuestion): ReadonlySet<number> {
  const numbers = numbersOf(tags);
  const isYoung = (number: number): boolean => {
    if (rule.keepDays === 0) return false;
    const age = ageDays(number);
    return age === null || age < rule.keepDays;
  };
  const keep = Math.max(1, rule.keep);
  return new Set(numbers.filter((number, place) => place < keep || isYoung(number)));
}

function numbersOf(tags: readonly HeldTag[]): readonly number[] {
  const numbers = tags.flatMap(({ tag }) => parseNumberTag(tag)?.number ?? []);
  return [...new Set(numbers)].toSorted((left, right) => right - left);
}

function groupByDigest(tags: readonly HeldTag[]): readonly Removal[] {
  const groups = new Map<Digest, string[]>();
  for (const { tag, digest } of tags) groups.set(digest, [...(groups.get(digest) ?? []), tag]);
  return [...groups].map(([digest, names]) => ({ digest, tags: names }));
}
