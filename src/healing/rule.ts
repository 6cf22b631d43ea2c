import type { ErrorCode } from '../errors/codes.ts';
import type { FailureClass, Remedy } from '../errors/diagnosis.ts';
import type { Failure, Found, Verdict } from './failure.ts';

/** A text as an engine or registry wrote it. Each is a test of its rule. */
export interface Sample {
  readonly text: string;
  /** Name of the step that it came with. */
  readonly step?: string;
  /** `build` unless it is said. */
  readonly during?: Failure['during'];
}

/** One row of the table of failures: how a failure is recognised, what it is, and what is done about it. */
export interface Rule {
  /** Stable: results, `heal-stats` and XGEN_WITHOUT_RULES name it. */
  readonly id: string;
  readonly class: FailureClass;
  /** `cache damaged`: two or three words for the line of a stage. */
  readonly title: string;
  /** What it means, for docs/healing.md. */
  readonly means: string;
  readonly remedy: Remedy;
  /** In the builder's or engine's own error; without one the rule knows failures by what follows alone. */
  readonly pattern?: RegExp;
  /** Where the pattern counts; everywhere, where it is not said. */
  readonly during?: Failure['during'];
  /** Of a build: the steps that it is about; any, where it is not said. */
  readonly at?: RegExp;
  /** True where the command of a RUN, which the error quotes, belongs to what is matched. */
  readonly quotesCommand?: boolean;
  /** Errors of this program's own that are this failure. */
  readonly codes?: readonly ErrorCode[];
  /** Answers of a registry to this program's own requests that are this failure. */
  readonly statuses?: (status: number) => boolean;
  /** How such a request ended without an answer. */
  readonly transport?: readonly string[];
  readonly retryFirst?: boolean;
  readonly cacheMounts?: boolean;
  readonly tries?: number;
  readonly verdict: (found: Found) => Verdict;
  readonly samples: readonly Sample[];
  /** `moby/moby#36573`, or `measured`. */
  readonly source: string;
}

/** Steps that ask a registry for an image. */
export const BASE_STEP = /\bload metadata for |\bFROM |^resolve image config for /;

/** A verdict for a build and one for a push. */
export function either(build: Rule['verdict'], push: Rule['verdict']): Rule['verdict'] {
  return (found) => (found.failure.during === 'build' ? build(found) : push(found));
}

type PermanentRule = Omit<Rule, 'class' | 'remedy'> & Partial<Pick<Rule, 'remedy'>>;

export function permanent(rules: readonly PermanentRule[]): readonly Rule[] {
  return rules.map((rule) => ({ class: 'permanent', remedy: 'none', ...rule }));
}
