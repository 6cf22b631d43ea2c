import type { OnRetry } from '../ports/registry.ts';
import type { StageContext } from './context.ts';

/** Tells of the requests to a registry that were sent more than once, as tries of the stage that they belong to. */
export interface RequestWatch {
  /** The stage that uses the client at the moment. */
  stage: string;
  readonly onRetry: OnRetry;
}

export function watchRequests(context: StageContext, host: string): RequestWatch {
  const watch: RequestWatch = {
    stage: 'check',
    onRetry: ({ rule, evidence, durationMs }) => {
      const { stage } = watch;
      const attempt = { stage, rule, evidence, at: host, durationMs: Math.round(durationMs) };
      context.emit({
        kind: 'attempt',
        stage,
        attempt: { ...attempt, outcome: 'transient', remedy: 'wait-and-retry' },
      });
    },
  };
  return watch;
}
