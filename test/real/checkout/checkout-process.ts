/** A process that checks out, for tests to kill: `checkout-process.ts CACHE URL`. Writes a line when it begins. */
import { createClock } from '../../../src/adapters/clock.ts';
import { createSources } from '../../../src/adapters/git/create-sources.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';

const [cacheDir = '', url = ''] = process.argv.slice(2);
const sources = createSources({
  cacheDir,
  environment: process.env,
  clock: createClock(),
  logger: silentLogger,
  redactor: {
    add: () => {},
    redact: (text) => text,
    redactData: (data) => data,
    stream: () => ({ write: (chunk) => chunk, end: () => '' }),
  },
  credentials: { require: () => Promise.reject(new Error('none')), find: () => Promise.resolve(null) },
});
process.stdout.write('begins\n');
await sources.checkout({
  source: { url, branch: 'main', credentialId: null, submodules: false },
  service: 'core',
  site: 'main',
  commit: null,
  since: null,
  signal: new AbortController().signal,
});
// Holds the tree until it is killed.
setInterval(() => {}, 60_000);
