import { existsSync } from 'node:fs';
import { formatImage } from '../../../src/values/image-reference.ts';
import { startKeptRegistry } from '../registry.ts';
import { makeStandIns, referenceOf, type StandInLab } from './make-stand-ins.ts';
import { STAND_IN_NAMES, standInsFolder, type StandInName } from './recipes.ts';

/** Image names: `{ python: '127.0.0.1:41234/stand-in/python:3.11', … }`. */
export type StandIns = Readonly<Record<StandInName, string>>;

/** Makes the images where this machine has none yet, and serves them from a registry of the lab that takes no pushes. */
export async function provideStandIns(lab: StandInLab): Promise<StandIns> {
  const storage = standInsFolder();
  if (!existsSync(storage)) await makeStandIns(lab);
  const { host } = await startKeptRegistry(lab.directory, 'stand-ins', { storage, isReadOnly: true });
  const names = STAND_IN_NAMES.map((name): [StandInName, string] => [name, formatImage(referenceOf(host, name))]);
  return Object.fromEntries(names) as Record<StandInName, string>;
}
