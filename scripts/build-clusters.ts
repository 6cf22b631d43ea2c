import { buildPrograms } from '../test/lab/cluster/build-programs.ts';
import { programsFolder } from '../test/lab/cluster/programs.ts';

/** Makes the programs of the lab's clusters, once per machine. */
await buildPrograms((line) => process.stdout.write(`${line}\n`));
process.stdout.write(`The programs of the clusters are in ${programsFolder()}\n`);
