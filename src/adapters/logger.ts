import type { Logger as PinoLogger } from 'pino';
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

/**
 * pino on standard error, redacted; for `--verbose`. Loaded only here: it costs start-up time. `before` is written before
 * each line, to clear what a live view has drawn.
 */
export async function createPinoLogger({
  redactor,
  level,
  before = '',
}: {
  readonly redactor: Redactor;
  readonly level: 'debug' | 'info';
  readonly before?: string;
}): Promise<Logger> {
  const { pino } = await import('pino');
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return wrap(pino(options, { write: (line: string) => void process.stderr.write(before + redactor.redact(line)) }));
}

/** The four levels alone: pino's own type has a callable for every name, `then` too, and cannot be awaited. */
function wrap(pinoLogger: PinoLogger): Logger {
  return {
    debug: (facts, message) => pinoLogger.debug(facts, message),
    info: (facts, message) => pinoLogger.info(facts, message),
    warn: (facts, message) => pinoLogger.warn(facts, message),
    error: (facts, message) => pinoLogger.error(facts, message),
    child: (facts) => wrap(pinoLogger.child(facts)),
  };
}
