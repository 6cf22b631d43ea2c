import { EXAMINATION_LIMIT_MS, failedFinding, type Examination, type Finding } from './doctor-finding.ts';
import { doctorText } from './doctor-text.ts';
import type { CommandOutcome } from './outcome.ts';

export type { Examination, Finding } from './doctor-finding.ts';

/**
 * Looks at everything side by side, each within 15 s. Exit code 1 where a line is an error. `columns` is the width of
 * the text, by default that of the narrowest usual terminal.
 */
export async function doctor(
  examinations: readonly Examination[],
  signal: AbortSignal,
  columns = 80,
): Promise<CommandOutcome> {
  const findings = (await Promise.all(examinations.map((one) => findingsOf(one, signal)))).flat();
  const exitCode = findings.some((finding) => finding.status === 'error') ? 1 : 0;
  return { exitCode, text: doctorText(findings, columns), json: { schemaVersion: 1, findings } };
}

async function findingsOf(examination: Examination, signal: AbortSignal): Promise<readonly Finding[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(EXAMINATION_LIMIT_MS)]);
  try {
    const found = await withinLimit(examination.examine(limited), limited);
    return 'name' in found ? [found] : found;
  } catch (error) {
    signal.throwIfAborted();
    return [failedFinding(examination, error)];
  }
}

/** A check that does not listen to its signal must not hold up the others. */
async function withinLimit<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop));
}
