import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldersWith } from '../../lab/damage/layers.ts';
import type { Lab } from '../../lab/lab.ts';

/**
 * A step that says `halfway` and waits until its gate is opened: a file in a cache that it mounts, which is a folder of
 * the engine. Gates of one name are one gate; it stays open.
 */
export function gateStep(name: string): string {
  const wait = `touch /gate/${gateFile(name)} && echo "half""way" && until [ -e /gate/open ]; do sleep 0.1; done`;
  return `RUN --mount=type=cache,id=${gateFile(name)},target=/gate ${wait}`;
}

export function openGate(lab: Lab, name: string): void {
  for (const folder of foldersWith(lab.directory, gateFile(name))) writeFileSync(join(folder, 'diff', 'open'), '');
}

function gateFile(name: string): string {
  return `gate-${name}`;
}
