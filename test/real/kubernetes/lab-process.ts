import { startLab } from '../../lab/lab.ts';

/** Starts a lab with clusters, says where, and waits to be killed. */
const lab = await startLab({ clusters: ['dev', 'prd'] });
process.stdout.write(`${JSON.stringify(lab.description)}\n`);
setInterval(() => {}, 60_000);
