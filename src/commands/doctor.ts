import { messageOf, XgenError } from '../errors/xgen-error.ts';
import type { CommandOutcome } from './outcome.ts';

/** One line of the doctor: what was looked at, how it is, and the command or change that mends it. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly detail: string;
  readonly fix: string | null;
}

/** Something to look at. What it throws becomes an error line with the error's own hint. */
export interface Examination {
  readonly name: string;
  examine(signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

const TIME_LIMIT_MS = 15_000;

/** Looks at everything side by side, each within 15 s. Exit code 1 where a line is an error. */
export async function doctor(examinations: readonly Examination[], signal: AbortSignal): Promise<CommandOutcome> {
  const findings = (await Promise.all(examinations.map((one) => findingsOf(one, signal)))).flat();
  const exitCode = findings.some((finding) => finding.status === 'error') ? 1 : 0;
  return { exitCode, text: doctorText(findings), json: { schemaVersion: 1, findings } };
}

async function findingsOf(examination: Examination, signal: AbortSignal): Promise<readonly Finding[]> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  try {
    const found = await withinLimit(examination.examine(limited), limited);
    return 'name' in found ? [found] : found;
  } catch (error) {
    signal.throwIfAborted();
    return [findingOf(examination.name, error)];
  }
}

/** A check that does not listen to its signal must not hold up the others. */
async function withinLimit<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop));
}

function findingOf(name: string, error: unknown): Finding {
  if (error instanceof XgenError) return { name, status: 'error', detail: error.message, fix: error.hint };
  const isSlow = error instanceof Error && error.name === 'TimeoutError';
  return { name, status: 'error', detail: isSlow ? 'no answer within 15 s' : messageOf(error), fix: null };
}

const MARKS = { ok: '✔', warning: '!', error: '✘' } as const;

/** A line per finding, and what mends it below. */
export function doctorText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map((finding) => finding.name.length));
  const lines = findings.flatMap(({ name, status, detail, fix }) => {
    const line = `${MARKS[status]} ${name.padEnd(width)}  ${detail}`;
    return fix === null || status === 'ok' ? [line] : [line, `  ${' '.repeat(width)}  → ${fix}`];
  });
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  const summary = `${String(count('ok'))} ok, ${String(count('warning'))} warnings, ${String(count('error'))} errors`;
  return `${[...lines, '', summary].join('\n')}\n`;
}
