import { removeDeadLabs, removeStrayMounts } from '../test/lab/leftovers.ts';

/** Removes what labs left whose process is dead; ends with 1 where there was anything. */
const removed = [...(await removeDeadLabs()), ...removeStrayMounts()];
for (const left of removed) process.stdout.write(`a lab left this behind, and it is removed now: ${left}\n`);
process.exitCode = removed.length === 0 ? 0 : 1;
