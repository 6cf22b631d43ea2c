import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { BuildEvent } from '../src/ports/events.ts';
import { buildPrograms } from '../test/lab/cluster/build-programs.ts';
import { openPlace, type Place } from '../test/lab/cluster/place.ts';
import { pushSeedImage } from '../test/lab/cluster/seed-image.ts';
import { SERVICE } from '../test/lab/cluster/workload-manifest.ts';
import { startLab } from '../test/lab/lab.ts';
import { alternate, inMs, median, type Figure } from './measure.ts';
import { PROGRAM } from './program.ts';

/** Rollouts to a cluster of its own: how long they take, how soon a failure is named, and what they ask the API for. */
export async function measureKubernetes(): Promise<Figure[]> {
  await buildPrograms((line) => process.stdout.write(`${line}\n`));
  const lab = await startLab({ clusters: ['dev'] });
  try {
    const open = (changes = {}): Promise<Place> => openPlace({ lab, changes });
    const healthy = await open();
    await healthy.seed(['dev'], { replicas: 2 });
    return [
      await timesToName({
        name: 'time to name an image that cannot be pulled, after the kubelet’s first event',
        limit: 3,
        once: async () => nameMissingImage(await open({ environments: FAILING })),
      }),
      await timesToName({
        name: 'time to name a crash, after the second restart',
        limit: 1,
        once: async () => nameCrash(await open({ environments: FAILING })),
      }),
      await compareToKubectl(healthy),
      ...(await countRequests(healthy)),
    ];
  } finally {
    await lab.close();
  }
}

const FAILURES = 5;
const FAILING = { environments: { dev: { rollout: { onFailure: 'fail', timeout: '120s' } } } };

/** From the end of the push to the end of the rollout, in the program's own events; the machine's clock in ms. */
async function rollOut(place: Place): Promise<{ pushed: number; finished: number; code: string | null }> {
  const child = spawn(PROGRAM, [SERVICE, '--env', 'dev', '--output', 'json', '--progress', 'json'], {
    cwd: place.infra.root,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...place.infra.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const times: { pushed: number; finished: number; code: string | null } = { pushed: 0, finished: 0, code: null };
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as BuildEvent;
    if (event.kind === 'stage-finished' && event.stage === 'push') times.pushed = Date.parse(event.at);
    if (event.kind !== 'rollout-finished') return;
    times.finished = Date.parse(event.at);
    times.code = event.rollout.error?.code ?? null;
  });
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (times.pushed === 0 || times.finished === 0) throw new Error('the job pushed or rolled out nothing');
  return times;
}

function changer(place: Place): () => Promise<unknown> {
  let version = 1;
  return () => place.commit({ 'www/health': `version ${(version += 1)}\n` });
}

async function compareToKubectl(place: Place): Promise<Figure> {
  const change = changer(place);
  let seeds = 0;
  const times = await alternate(
    9,
    async () => {
      await change();
      const { pushed, finished } = await rollOut(place);
      return finished - pushed;
    },
    async () => {
      const label = `seed ${(seeds += 1)}`;
      await pushSeedImage({
        ...place.lab.registries.nexus,
        repository: place.infra.repository('main', SERVICE),
        label,
      });
      const started = performance.now();
      await place.kubectl('dev', ['rollout', 'restart', `deployment/${SERVICE}`]);
      await place.kubectl('dev', ['rollout', 'status', `deployment/${SERVICE}`]);
      return performance.now() - started;
    },
  );
  const [ours, theirs] = [median(times.ours), median(times.theirs)];
  return {
    name: 'rollout of 2 replicas, from pushed to proven, to `kubectl rollout restart` and `rollout status`',
    measured: inMs(ours),
    compared: inMs(theirs),
    value: (ours - theirs) / 1000,
    limit: 0.5,
    unit: 's',
    runs: times.ours.length,
  };
}

/** The second rollout takes 20 s longer than the first. */
async function countRequests(place: Place): Promise<Figure[]> {
  const count = async (start: string): Promise<number> => {
    await place.commit({
      'start.sh': `${start}exec httpd -f -p 8000 -h /srv/app/www\n`,
      'www/health': `after ${start}\n`,
    });
    const before = requestsOf(place);
    await rollOut(place);
    return requestsOf(place) - before;
  };
  const quick = await count('');
  const slow = await count('sleep 20; ');
  const shared = { compared: null, unit: 'requests' as const, runs: 1 };
  return [
    {
      ...shared,
      name: 'requests to the API for a rollout of 2 replicas',
      measured: String(quick),
      value: quick,
      limit: 20,
    },
    {
      ...shared,
      name: 'requests more when each pod takes 20 s longer to start',
      measured: String(slow),
      compared: String(quick),
      value: slow - quick,
      limit: 0,
    },
  ];
}

function requestsOf(place: Place): number {
  const user = `system:serviceaccount:${place.namespace}:xgen-build`;
  return place
    .cluster('dev')
    .requests()
    .filter((request) => request.user === user).length;
}

async function nameMissingImage(place: Place): Promise<number> {
  await place.seed(['dev']);
  await place.kubectl('dev', ['delete', 'secret', 'nexus-pull']);
  const [old] = await place.pods('dev');
  let first = 0;
  const path = `/api/v1/namespaces/${place.namespace}/events`;
  const end = await place.cluster('dev').watch<KubeEvent>(path, ({ object }) => {
    const isKubelet = object.source?.component === 'kubelet';
    if (first === 0 && isKubelet && object.involvedObject?.name !== old?.name) first = Date.now();
  });
  const { finished, code } = await rollOut(place);
  end();
  if (first === 0 || code !== 'ROLLOUT_PULL_FAILED') throw new Error(`the rollout ended with ${String(code)}`);
  return finished - first;
}

async function nameCrash(place: Place): Promise<number> {
  await place.seed(['dev']);
  await place.commit({ 'start.sh': 'echo starting; exit 3\n' });
  let second = 0;
  const path = `/api/v1/namespaces/${place.namespace}/pods`;
  const end = await place.cluster('dev').watch<KubePod>(path, ({ object }) => {
    const restarts = object.status?.containerStatuses?.[0]?.restartCount ?? 0;
    if (second === 0 && restarts >= 2) second = Date.now();
  });
  const { finished, code } = await rollOut(place);
  end();
  if (second === 0 || code !== 'ROLLOUT_EXITED') throw new Error(`the rollout ended with ${String(code)}`);
  return finished - second;
}

interface KubeEvent {
  readonly source?: { readonly component?: string };
  readonly involvedObject?: { readonly name?: string };
}

interface KubePod {
  readonly status?: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
}

/** Side by side: the node looks at its containers once a second, so each time holds up to a second of chance. */
async function timesToName(of: { name: string; limit: number; once: () => Promise<number> }): Promise<Figure> {
  const { name, limit, once } = of;
  const times = await Promise.all(Array.from({ length: FAILURES }, once));
  const ms = median(times);
  return { name, measured: inMs(ms), compared: null, value: ms / 1000, limit, unit: 's', runs: FAILURES };
}
