import { BuildError, RegistryError, XgenError } from '../errors/xgen-error.ts';
import type { AttemptResult } from '../ports/result.ts';
import { bytesText } from '../values/size.ts';
import type { SessionContext } from './session.ts';

const ASK_LIMIT_MS = 5_000;

/** By the engine's own name: a machine that is dying shows by it. */
export async function engineName(context: SessionContext): Promise<string> {
  const found = await context.ports.upkeep.resources(AbortSignal.timeout(ASK_LIMIT_MS)).catch(() => null);
  return found?.name ?? 'engine';
}

export async function memoryText(context: SessionContext): Promise<string | null> {
  const found = await context.ports.upkeep.resources(AbortSignal.timeout(ASK_LIMIT_MS)).catch(() => null);
  if (found === null || found.memoryBytes === null) return null;
  return `the engine ${found.name} has ${bytesText(found.memoryBytes)} of memory, and with no other build beside it that was not enough: give it more, or let the step use less`;
}

export async function keepAttempt(context: SessionContext, attempt: AttemptResult): Promise<void> {
  context.emit({ kind: 'attempt', stage: attempt.stage, attempt });
  // The result holds it too; this is for a build that does not live to have one.
  const { store, redactor } = context.ports;
  await store.recordAttempt(context.build, redactor.redactData(attempt)).catch(() => undefined);
}

/** The same error with what is left to do, where trying again did not help. */
export function withAdvice(error: unknown, advice: string | null, tries: number): unknown {
  if (!(error instanceof XgenError) || (advice === null && tries === 1)) return error;
  const { code, facts, evidence, diagnosis, hint } = error;
  const Kind = error instanceof RegistryError ? RegistryError : BuildError;
  const message = tries === 1 ? error.message : `${error.message} (tried ${tries} times)`;
  return new Kind({ code, message, hint: advice ?? hint, facts, evidence, diagnosis, cause: error });
}
