import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the lab keeps what takes minutes to make, outside the checkout, so that it outlives it: `~/.cache/xgen-build-lab`. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'xgen-build-lab');
}
