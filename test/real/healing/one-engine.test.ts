import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { layerPlaces } from '../../lab/damage/layer-places.ts';
import { removeLayerFolder } from '../../lab/damage/layers.ts';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { firstTime, lastTime } from './events.ts';
import { expectHealed, expectNothingLeft, expectPushed } from './expectations.ts';
import { gateStep, openGate } from './gate.ts';
import { firstImage, runBuild, startBuild, startScene, type Scene } from './scene.ts';

let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const PRUNED = { stage: 'build', rule: 'overlay-mount-failed', remedy: 'prune-and-rebuild' } as const;
/** A service whose next build has to be healed. */
async function damagedScene(): Promise<Scene> {
  const scene = await startScene(lab);
  const layer = layerPlaces(lab.directory, (await firstImage(scene)).diffIds)[2];
  if (layer === undefined) throw new Error('the image has too few layers');
  removeLayerFolder(layer);
  return scene;
}

/** An infra with a state directory of its own, whose builds wait at its gate. */
async function gatedInfra(): Promise<Infra> {
  const infra = await lab.freshInfra();
  const { project } = infra;
  const text = `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nWORKDIR /srv/${project}\nCOPY . .\n${gateStep(project)}\n`;
  await writeFile(join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local'), text);
  return infra;
}

const WAITS = /waits for the engine/;

/** When the engine emptied its cache, in milliseconds. */
async function pruneTimes(sinceMs: number): Promise<readonly number[]> {
  const until = Date.now() / 1000;
  const filters = encodeURIComponent(JSON.stringify({ type: ['builder'] }));
  const lines = await lab.engine.api('GET', `/events?since=${sinceMs / 1000}&until=${until}&filters=${filters}`);
  return JSON.stringify(lines) === 'null'
    ? []
    : [...JSON.stringify(lines).matchAll(/timeNano\D+(\d+)/g)].map((match) => Number(match[1]) / 1e6);
}

it('five builds of two state directories end as if nothing happened while a sixth heals, and a seventh waits its turn', async () => {
  const scene = await damagedScene();
  const [infra, other] = [await gatedInfra(), await gatedInfra()];
  const begin = Date.now();
  const start = (of: Infra, service: string) => startBuild(of, 'halfway', { progress: 'json', service });
  const five = await Promise.all([
    ...['xgen-core', 'xgen-workflow', 'xgen-documents'].map((service) => start(infra, service)),
    ...['xgen-core', 'xgen-workflow'].map((service) => start(other, service)),
  ]);
  const sixth = await startBuild(scene.infra, WAITS, { progress: 'json' });
  const seventh = await startBuild(other, WAITS, { progress: 'json', service: 'xgen-documents' });
  for (const { project } of [infra, other]) openGate(lab, project);
  const [healed, last, ...ended] = await Promise.all([sixth.ended, seventh.ended, ...five.map((build) => build.ended)]);

  expectHealed(healed.result, [PRUNED]);
  await expectPushed(scene, healed.result, 'second');
  for (const { result } of [...ended, last]) expectHealed(result, []);
  const prunes = await pruneTimes(begin);
  expect(prunes.length).toBeGreaterThan(0);
  const built = ended.map(({ words }) => lastTime(words, 'stage-finished', 'build'));
  expect(Math.min(...prunes)).toBeGreaterThan(Math.max(...built));
  // The first step of the one that waited.
  expect(Math.max(...prunes)).toBeLessThan(firstTime(last.words, 'step', 'build'));
  await expectNothingLeft(lab, [scene.infra, infra, other]);
});

it("the turn of a build that was killed is nobody's", async () => {
  const scene = await damagedScene();
  const infra = await gatedInfra();
  const killed = await startBuild(infra, 'halfway');
  killed.running.kill('SIGKILL');
  await killed.ended.catch(() => null);
  const { result } = await runBuild(scene.infra, { limitMs: 60_000 });
  expectHealed(result, [PRUNED]);
  await expectPushed(scene, result, 'second');
  openGate(lab, infra.project);
  const { result: next } = await runBuild(infra);
  expectHealed(next, []);
  await expectNothingLeft(lab, [scene.infra, infra]);
});
