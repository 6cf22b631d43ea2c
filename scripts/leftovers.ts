import { removeDeadLabs } from '../test/lab/leftovers.ts';

/** Removes what labs left whose process is dead; ends with 1 where there was anything. */
const removed = await removeDeadLabs();
for (const directory of removed) process.stdout.write(`a lab was left behind, and is removed now: ${directory}\n`);
process.exitCode = removed.length === 0 ? 0 : 1;
