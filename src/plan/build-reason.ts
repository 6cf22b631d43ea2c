import type { BuildParameters } from '../ports/result.ts';
import type { Digest } from '../values/image-reference.ts';
import { parseNumberTag } from './build-plan.ts';
import { changedInputs } from './changed-inputs.ts';
import { fingerprintOf, summaryOf, type FingerprintInputs, type InputSummary } from './fingerprint.ts';

/** The newest numbered image of a service and site in the registry, as its labels tell. */
export interface PreviousBuild {
  readonly number: number;
  readonly digest: Digest;
  readonly commit: string | null;
  readonly fingerprint: string | null;
  readonly inputs: InputSummary | null;
}

/** The highest number among tags of one architecture; null where there is none. */
export function newestNumber(tags: readonly string[], arch: string): number | null {
  const numbers = tags.flatMap((tag) => {
    const parsed = parseNumberTag(tag);
    return parsed !== null && parsed.arch === arch ? [parsed.number] : [];
  });
  return numbers.length === 0 ? null : Math.max(...numbers);
}

/** What a build's image would hold, as far as that can be known before it is built. */
export interface WantedImage {
  readonly inputs: FingerprintInputs;
  /** Why equal inputs may give another image all the same; null: they do not. */
  readonly doubt: string | null;
}

export interface BuildQuestion {
  readonly previous: PreviousBuild | null;
  readonly wanted: WantedImage;
  readonly parameters: Pick<BuildParameters, 'noCache' | 'rebuild' | 'number'>;
}

/** Whether to build, and why in words: `unchanged since b41`, `source 1a2b3c4 → 5d6e7f8, Dockerfile`. */
export type BuildVerdict = { readonly build: boolean; readonly reason: string };

/** Builds whenever it is not certain that the image of before is the one that would be built. */
export function decideBuild({ previous, wanted, parameters }: BuildQuestion): BuildVerdict {
  const forced = forcedReason(parameters);
  if (forced !== null) return { build: true, reason: forced };
  if (previous === null) return { build: true, reason: 'no build of this service and site is in the registry' };
  const before = `b${String(previous.number)}`;
  if (previous.fingerprint === fingerprintOf(wanted.inputs)) {
    return wanted.doubt === null
      ? { build: false, reason: `unchanged since ${before}` }
      : { build: true, reason: wanted.doubt };
  }
  if (previous.fingerprint === null) return { build: true, reason: `${before} does not say what it was built from` };
  return { build: true, reason: differenceTo(previous, wanted.inputs) };
}

/** Why a build is made whatever is there already; null where nobody asked for one. */
export function forcedReason({ noCache, rebuild, number }: BuildQuestion['parameters']): string | null {
  if (noCache) return 'asked for with --no-cache';
  if (rebuild) return 'asked for with --rebuild';
  return number === null ? null : `asked for with --number ${String(number)}`;
}

function differenceTo({ number, commit, inputs }: PreviousBuild, wanted: FingerprintInputs): string {
  const before = inputs ?? (commit === null ? {} : { ...summaryOf(wanted), commit });
  const changes = changedInputs(before, summaryOf(wanted));
  return inputs === null || changes.length === 0
    ? (changes[0] ?? `what b${String(number)} was built from is not the same`)
    : changes.join(', ');
}
