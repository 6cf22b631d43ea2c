import type { Logger } from '../ports/logger.ts';
import type { Redactor } from '../ports/redactor.ts';

/** Nothing is said: what people need to know comes from events. */
export function createSilentLogger(): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    child: () => logger,
  };
  return logger;
}

/** pino on standard error, redacted; for `--verbose`. Loaded only here: it costs start-up time. */
export async function createPinoLogger(redactor: Redactor, level: 'debug' | 'info'): Promise<Logger> {
  const { pino } = await import('pino');
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => void process.stderr.write(redactor.redact(line)) },
  );
}
