import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { foldersWith, removeFolders } from '../test/lab/damage/layers.ts';
import { removeDatabase } from '../test/lab/damage/databases.ts';
import { startFaultProxy, type FaultProxy } from '../test/lab/fault-proxy.ts';
import { answers } from '../test/lab/faults/answer.ts';
import { forgetsLayerOfManifest } from '../test/lab/faults/forget.ts';
import { resetsAnswer } from '../test/lab/faults/reset.ts';
import { startLab, type OwnLab } from '../test/lab/lab.ts';
import { inMs, median, type Figure } from './measure.ts';

const SERVICE = 'xgen-core';
const HEALTHY_RUNS = 5;
/** Of a file that changes with every build, so that a push has something to send. */
const CHANGED_BYTES = 20_000_000;

interface Scene {
  readonly lab: OwnLab;
  readonly proxy: FaultProxy;
}

interface Fault {
  readonly name: string;
  /** After the first build and a new commit, before the build that is to be healed. */
  readonly provoke: (scene: Scene) => Promise<void> | void;
  /** While that build runs. */
  readonly meanwhile?: (scene: Scene) => Promise<void>;
}

const PUT_MANIFEST = { method: 'PUT', path: /\/manifests\// } as const;

const FAULTS: readonly Fault[] = [
  {
    name: 'a layer of the cache gone',
    provoke: ({ lab }) => removeFolders(foldersWith(lab.directory, 'srv/app')),
  },
  {
    name: "the builder's list of snapshots gone",
    provoke: ({ lab }) => removeDatabase(lab, 'snapshots.db'),
  },
  {
    name: 'the engine killed and started while it builds',
    provoke: () => undefined,
    meanwhile: async ({ lab }) => {
      await lab.engine.kill();
      await lab.engine.start();
    },
  },
  {
    name: 'the registry answers 500 once',
    provoke: ({ proxy }) => proxy.add({ fault: answers({ status: 500, code: 'UNKNOWN' }), ...PUT_MANIFEST, times: 1 }),
  },
  {
    name: 'the connection to the registry broken once',
    provoke: ({ proxy }) => proxy.add({ fault: resetsAnswer(0), ...PUT_MANIFEST, times: 1 }),
  },
  {
    name: 'a layer lost by the registry after the push',
    provoke: ({ proxy }) => proxy.add({ fault: forgetsLayerOfManifest(), ...PUT_MANIFEST, times: 1 }),
  },
];

/** What each healed fault costs a build, and what the look at every layer costs a healthy push. In a lab of its own. */
export async function measureHealing(): Promise<Figure[]> {
  const lab = await startLab();
  const proxy = await startFaultProxy(lab.registries.nexus.host);
  try {
    const scene = { lab, proxy };
    await pushThrough(scene);
    const healthy: Built[] = [];
    for (let count = 0; count <= HEALTHY_RUNS; count += 1) healthy.push(await buildAnew(scene));
    const [, ...counted] = healthy;
    const usualMs = median(counted.map(({ durationMs }) => durationMs));
    const figures = [await verification(scene, counted)];
    for (const fault of FAULTS) figures.push(await lost(scene, fault, usualMs));
    return figures;
  } finally {
    await proxy.close();
    await lab.close();
  }
}

/** The registry of the configuration is the proxy, which lets all through that no fault is for. */
async function pushThrough({ lab, proxy }: Scene): Promise<void> {
  const file = join(lab.infra.configDirectory, 'project.yaml');
  const project = parse(await readFile(file, 'utf8')) as { registry: { nexus: { host: string } } };
  project.registry.nexus.host = proxy.host;
  await writeFile(file, stringify(project));
  const dockerfile = join(lab.infra.root, 'dockerfiles/xgen-python/Dockerfile.local');
  const slow = `RUN echo slow-step; sleep 1; head -c ${CHANGED_BYTES} /dev/urandom > large.bin`;
  await writeFile(
    dockerfile,
    (await readFile(dockerfile, 'utf8')).replace('ARG TARGETARCH', `${slow}\nARG TARGETARCH`),
  );
}

interface Built {
  readonly number: number;
  readonly durationMs: number;
  readonly attempts: readonly { readonly remedy: string; readonly durationMs: number }[];
  readonly stages: readonly { readonly name: string; readonly durationMs: number }[];
}

let version = 0;

/** Commits a change and builds it; a fault is provoked between the two. */
async function buildAnew(scene: Scene, fault?: Fault): Promise<Built> {
  const { lab, proxy } = scene;
  version += 1;
  const files = { 'www/health': `version ${version}\n` };
  await lab.commit({ service: SERVICE, branch: 'main', files, message: `Version ${version}` });
  proxy.clear();
  await fault?.provoke(scene);
  const environment = { XGEN_PROGRESS: 'plain' };
  let disturbed: Promise<void> = Promise.resolve();
  const ran = await lab.infra.run([SERVICE, '--no-deploy', '--output', 'json'], {
    environment,
    limitMs: 300_000,
    onStart: (running) => {
      if (fault?.meanwhile === undefined) return;
      disturbed = running.waitFor('slow-step').then(() => fault.meanwhile?.(scene));
    },
  });
  await disturbed;
  if (ran.exitCode !== 0) throw new Error(`a build was not healed: ${ran.stderr.slice(-2_000)}`);
  // The engine's own work after a build (garbage collection) is not the next one's.
  await sleep(500);
  return ran.json() as Built;
}

async function lost(scene: Scene, fault: Fault, usualMs: number): Promise<Figure> {
  const { durationMs, attempts } = await buildAnew(scene, fault);
  if (attempts.length === 0) throw new Error(`nothing had to be healed: ${fault.name}`);
  const remedies = attempts.map(({ remedy }) => remedy).join(', ');
  return {
    name: `time lost: ${fault.name} (${remedies})`,
    measured: `build ${inMs(durationMs)}`,
    compared: `healthy ${inMs(usualMs)}`,
    // What failed and what was done about it: the two builds differ by more than that on a busy machine.
    value: attempts.reduce((sum, attempt) => sum + attempt.durationMs, 0) / 1_000,
    limit: null,
    unit: 's',
    runs: 1,
  };
}

async function verification(scene: Scene, builds: readonly Built[]): Promise<Figure> {
  const shares: number[] = [];
  const pushes: number[] = [];
  for (const { number, stages } of builds) {
    const pushMs = stages.find(({ name }) => name === 'push')?.durationMs ?? Number.NaN;
    const lookMs = await lookOf(scene, number);
    pushes.push(pushMs);
    shares.push(pushMs / (pushMs - lookMs));
  }
  return {
    name: `push with a look at every layer (${CHANGED_BYTES / 1e6} MB changed)`,
    measured: inMs(median(pushes)),
    compared: 'the same without that look',
    value: median(shares),
    limit: 1.05,
    unit: '×',
    runs: builds.length,
  };
}

/** From the moment when every layer is asked for until the moving tag is next, as the log of the build has it. */
async function lookOf({ lab }: Scene, number: number): Promise<number> {
  const ran = await lab.infra.run(['logs', SERVICE, `b${number}`, '--output', 'json']);
  const { events } = ran.json() as { events: { kind: string; stage?: string; detail?: string; at: string }[] };
  const told = events.filter(({ kind, stage }) => kind === 'stage-progress' && stage === 'push');
  const index = told.findIndex(({ detail }) => detail?.endsWith('asking for every layer') === true);
  const [begin, end] = [told[index], told[index + 1]];
  if (begin === undefined || end === undefined) throw new Error(`the log of b${number} does not say when it looked`);
  return Date.parse(end.at) - Date.parse(begin.at);
}
