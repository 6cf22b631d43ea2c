import type { CommandOutcome } from '../commands/outcome.ts';
import type { ErrorReport } from '../ports/result.ts';
import type { Redactor } from '../ports/redactor.ts';
import type { Ground } from './compose.ts';

/**
 * The last gate before standard output: what a command ends with, an error of any kind too, without the secrets that
 * were read on the way. Before anything was composed none was read.
 */
export interface Gate {
  outcome(outcome: CommandOutcome): CommandOutcome;
  report(report: ErrorReport): ErrorReport;
}

export async function gateOf(ground: Promise<Ground> | null): Promise<Gate> {
  const laid = await ground?.catch(() => null);
  return createGate(laid?.redactor ?? null);
}

export function createGate(redactor: Redactor | null): Gate {
  if (redactor === null) return { outcome: (outcome) => outcome, report: (report) => report };
  return {
    outcome: (outcome) => ({
      ...outcome,
      text: redactor.redact(outcome.text),
      ...(outcome.json === undefined ? {} : { json: redactor.redactData(outcome.json) }),
    }),
    report: (report) => redactor.redactData(report),
  };
}
