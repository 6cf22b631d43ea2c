import type { Diagnosis, FailureClass, StepName } from '../errors/diagnosis.ts';
import type { AttemptOutcome } from '../ports/result.ts';

const OUTCOMES: Readonly<Record<FailureClass, AttemptOutcome>> = {
  permanent: 'permanent',
  transient: 'transient',
  damage: 'cache-damage',
  'disk-full': 'disk-full',
  memory: 'out-of-memory',
};

export function outcomeOf(diagnosis: Diagnosis): AttemptOutcome {
  return diagnosis.rule === 'unknown' ? 'unknown-failure' : OUTCOMES[diagnosis.class];
}

const PLANS: Readonly<Record<StepName, string>> = {
  retry: 'trying once more',
  'wait-and-retry': 'waiting, then trying again',
  'wait-for-engine': 'waiting until the engine answers',
  'log-in-again': 'logging in again',
  'push-again': 'pushing it again',
  'prune-and-rebuild': "emptying the engine's cache, then building without it",
  'remove-images-and-rebuild': "removing the base images and the engine's cache, then building anew",
  'free-space-and-rebuild': "making room in the engine's cache, then trying again",
  'rebuild-alone': 'trying again with no other build beside it',
};

/** For the log, when it happens: `cache damaged (layer does not exist): emptying the engine's cache, …`. */
export function planText(diagnosis: Diagnosis, step: StepName): string {
  return `${failureText(diagnosis)}: ${PLANS[step]}`;
}

/** `cache damaged (layer does not exist)` */
export function failureText({ title, evidence }: Diagnosis): string {
  return `${title} (${shortEvidence(evidence)})`;
}

const SHORTEST = 12;
const LONGEST = 60;
/** What engines put in front of every error, and the ends that say nothing by themselves. */
const PREFIX = /^(?:failed to solve(?: with frontend \S+)?|failed to create LLB definition|rpc error): /;
const EMPTY_END = /^(?:no such file or directory|not found|failed precondition|invalid argument)$/;

/** A folder deep inside the engine, or an id, says nothing on a line. */
const LONG_DIGEST = /(sha256:[0-9a-f]{7})[0-9a-f]+/g;
const LONG_ID = /\b(?=\w*\d)[0-9a-z]{20,}\b/g;
const LONG_PATH = /\/[^\s:"']{24,}/g;

/** The last words of an error say most: `failed to get layer sha256:…: layer does not exist`. */
export function shortEvidence(evidence: string): string {
  let rest = evidence.replaceAll(LONG_PATH, '…').replaceAll(LONG_DIGEST, '$1…').replaceAll(LONG_ID, '…');
  while (PREFIX.test(rest)) rest = rest.replace(PREFIX, '');
  const parts = rest.split(': ');
  let words = EMPTY_END.test(parts.at(-1) ?? '') ? (parts[0] ?? '') : (parts.at(-1) ?? '');
  for (let index = parts.length - 2; index >= 0 && words.length < SHORTEST; index -= 1) {
    words = `${parts[index] ?? ''}: ${words}`;
  }
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
}

/** A failed try for the line of its stage. */
export interface Healed {
  readonly stage: string;
  readonly diagnosis: Diagnosis;
  /** What was done: `pruned 1.2 GB`. */
  readonly done: string;
}

/** `cache damaged (layer does not exist) · tried again · pruned 1.2 GB`: a failure is said once, whatever id it names. */
export function healedText(healed: readonly Healed[]): string {
  return healed
    .flatMap(({ diagnosis, done }, index) =>
      diagnosis.rule === healed[index - 1]?.diagnosis.rule ? [done] : [failureText(diagnosis), done],
    )
    .filter((words, index, all) => words !== all[index - 1])
    .join(' · ');
}
