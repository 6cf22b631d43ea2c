import type { BuildEvent } from '../ports/events.ts';
import type {
  AttemptResult,
  BuildParameters,
  BuildResult,
  BuildStatus,
  ErrorReport,
  RolloutResult,
  StageResult,
} from '../ports/result.ts';
import type { Digest } from '../values/image-reference.ts';

/** What a build is about; known before it begins. */
export interface JournalHeader {
  readonly service: string;
  readonly site: string;
  readonly parameters: BuildParameters;
  readonly infra: { readonly commit: string | null; readonly dirty: boolean };
  readonly startedBy: string;
}

/** What the stages found out; only the last word counts. */
export interface JournalFacts {
  readonly number: number | null;
  readonly commit: string | null;
  readonly image: string | null;
  readonly buildImage: string | null;
  readonly digest: Digest | null;
  readonly built: boolean;
  readonly reason: string;
}

/** The result in the making: everything but the facts is read off the event stream. */
export interface Journal {
  readonly stages: readonly StageResult[];
  readonly attempts: readonly AttemptResult[];
  readonly rollouts: readonly RolloutResult[];
  readonly warnings: readonly string[];
}

export const EMPTY_JOURNAL: Journal = { stages: [], attempts: [], rollouts: [], warnings: [] };

export const NO_FACTS: JournalFacts = {
  number: null,
  commit: null,
  image: null,
  buildImage: null,
  digest: null,
  built: false,
  reason: '',
};

/** The journal after one more event. */
export function recordEvent(journal: Journal, event: BuildEvent): Journal {
  switch (event.kind) {
    case 'stage-finished': {
      const stage = { name: event.stage, status: event.status, durationMs: event.durationMs };
      return { ...journal, stages: [...journal.stages, stage] };
    }
    case 'attempt':
      return { ...journal, attempts: [...journal.attempts, event.attempt] };
    case 'rollout-finished':
      return { ...journal, rollouts: [...journal.rollouts, event.rollout] };
    case 'warning':
      return { ...journal, warnings: [...journal.warnings, event.message] };
    default:
      return journal;
  }
}

export interface JournalEnding {
  readonly status: BuildStatus;
  readonly error: ErrorReport | null;
  readonly durationMs: number;
}

export function closeJournal(parts: {
  header: JournalHeader;
  journal: Journal;
  facts: JournalFacts;
  ending: JournalEnding;
}): BuildResult {
  return { schemaVersion: 1, ...parts.header, ...parts.journal, ...parts.facts, ...parts.ending };
}
