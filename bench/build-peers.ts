import { buildPeers } from './peers.ts';

await buildPeers((line) => process.stdout.write(`${line}\n`));
