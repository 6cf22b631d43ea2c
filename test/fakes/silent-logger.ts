import type { Logger } from '../../src/ports/logger.ts';

const quiet = () => undefined;

/** A logger that nobody hears. */
export const silentLogger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => silentLogger };
