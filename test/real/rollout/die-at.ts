import Dockerode from 'dockerode';
import type { TargetImage } from '../../../src/ports/target.ts';
import { openTarget, planOf, type RolloutPlace } from './rollout-lab.ts';

/** What this process is told: roll out, and be killed before the change number `dieAt` is asked of the engine. */
export interface DieAt {
  readonly place: RolloutPlace;
  readonly project: string;
  readonly image: TargetImage;
  readonly dieAt: number;
}

interface Dial {
  readonly path: string;
  readonly method: string;
}

const { place, project, image, dieAt } = JSON.parse(process.argv[2] ?? '{}') as DieAt;
const docker = new Dockerode({ socketPath: place.socket });
let changes = 0;

const modem = docker.modem as { dial: (options: Dial, callback: unknown) => void };
const dial = modem.dial.bind(modem);
modem.dial = (options, callback) => {
  if (options.method !== 'GET' && !options.path.includes('/wait') && !options.path.startsWith('/images')) changes += 1;
  if (changes === dieAt) process.kill(process.pid, 'SIGKILL');
  else dial(options, callback);
};

const target = await openTarget(docker, place.socket);
const plan = planOf(place, project);
const signal = AbortSignal.timeout(30_000);
const order = {
  target: plan,
  image,
  login: null,
  startedBy: 'killed@lab',
  onStep: () => undefined,
  onWarning: () => undefined,
  signal,
};
const snapshot = await target.snapshot(plan, signal);
await target.apply(order, snapshot);
await target.prove(order, snapshot);
