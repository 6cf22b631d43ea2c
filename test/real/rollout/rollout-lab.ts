import { createHash, randomUUID } from 'node:crypto';
import Dockerode from 'dockerode';
import { createClock } from '../../../src/adapters/clock.ts';
import { readIdentity } from '../../../src/adapters/process-identity.ts';
import { createDockerTarget } from '../../../src/adapters/target-docker/docker-target.ts';
import type { RolloutOrder, RolloutTarget, TargetImage, TargetPlan } from '../../../src/ports/target.ts';
import { isDigest, parseImage } from '../../../src/values/image-reference.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

/** What a test needs to know of the lab; plain data, so that another process can use it too. */
export interface RolloutPlace {
  readonly socket: string;
  readonly registry: string;
  readonly baseImage: string;
}

/** One compose project of its own on the lab's engine. */
export interface RolloutLab {
  readonly docker: Dockerode;
  readonly target: RolloutTarget;
  readonly plan: TargetPlan;
  readonly name: string;
  order(image: TargetImage, changes?: Partial<RolloutOrder>): RolloutOrder;
  /** Makes an image on the base image and pushes it. */
  image(number: number, changes: readonly string[]): Promise<TargetImage>;
  /** Snapshot, apply, prove. */
  rollOut(image: TargetImage, changes?: Partial<RolloutOrder>): Promise<string>;
  /** As `rollOut`, and back where it fails; resolves to the error. */
  rollOutAndBack(image: TargetImage, changes?: Partial<RolloutOrder>): Promise<{ error: unknown; isBack: boolean }>;
  containers(): Promise<readonly { readonly name: string; readonly state: string; readonly image: string }[]>;
  answer(): Promise<string>;
  close(): Promise<void>;
}

/** Answers on /health with `text`; ends at once when told to. */
export function serving(text: string): readonly string[] {
  const script = `trap 'exit 0' TERM; mkdir -p /tmp/www; echo ${text} > /tmp/www/health; httpd -f -p 8000 -h /tmp/www & wait $!`;
  return [`CMD ["sh", "-c", ${JSON.stringify(script)}]`];
}

/** Serves, but nothing at /health. */
export const NEVER_HEALTHY = [
  'CMD ["sh", "-c", "trap \'exit 0\' TERM; mkdir /www; httpd -f -p 8000 -h /www & wait $!"]',
];

export const CRASHING = [`CMD ["sh", "-c", "echo starting; sleep 0.2; echo \\"KeyError: 'REDIS_HOST'\\" >&2; exit 1"]`];

export function planOf(place: RolloutPlace, project: string, changes: Partial<TargetPlan> = {}): TargetPlan {
  return targetPlan({
    service: 'xgen-core',
    deployment: 'xgen-core',
    site: 'main',
    timeoutMs: 20_000,
    repository: { host: place.registry, path: 'xgen/main/xgen-core' },
    docker: { host: `unix://${place.socket}`, project, publish: null },
    ...changes,
  });
}

export async function openTarget(docker: Dockerode, socket: string): Promise<RolloutTarget> {
  return createDockerTarget({
    openEngine: () =>
      Promise.resolve({
        endpoint: { address: `unix://${socket}`, isLocal: true, hostName: null },
        docker: () => Promise.resolve(docker),
      }),
    clock: createClock(),
    logger: silentLogger,
    identity: await readIdentity(),
  });
}

export async function openRolloutLab(place: RolloutPlace, changes: Partial<TargetPlan> = {}): Promise<RolloutLab> {
  const docker = new Dockerode({ socketPath: place.socket });
  const project = `roll-${randomUUID().slice(0, 8)}`;
  const plan = planOf(place, project, changes);
  const target = await openTarget(docker, place.socket);
  const signal = AbortSignal.timeout(110_000);
  const order = (image: TargetImage, more: Partial<RolloutOrder> = {}): RolloutOrder => ({
    target: plan,
    image,
    login: null,
    startedBy: 'jiwon@lab',
    onStep: () => undefined,
    onWarning: () => undefined,
    signal,
    ...more,
  });
  const listed = async () => docker.listContainers({ all: true, filters: { name: [project] } });
  return {
    docker,
    target,
    plan,
    name: `${project}-${plan.deployment}`,
    order,
    image: async (number, lines) => makeImage(docker, place, { project, number, lines }),
    async rollOut(image, more) {
      const snapshot = await target.snapshot(plan, signal);
      await target.apply(order(image, more), snapshot);
      return (await target.prove(order(image, more), snapshot)).detail;
    },
    async rollOutAndBack(image, more) {
      const snapshot = await target.snapshot(plan, signal);
      try {
        await target.apply(order(image, more), snapshot);
        await target.prove(order(image, more), snapshot);
      } catch (error) {
        return { error, isBack: await target.revert(plan, snapshot, signal) };
      }
      throw new Error('the rollout was meant to fail');
    },
    async containers() {
      const all = await listed();
      const named = all.map(({ Names, State, Image }) => ({ name: Names[0] ?? '', state: State, image: Image }));
      return named.map(({ name, ...rest }) => ({ name: name.replace(`/${project}-`, ''), ...rest }));
    },
    answer: async () => answerOf(docker, `${project}-${plan.deployment}`),
    async close() {
      for (const { Id } of await listed()) await docker.getContainer(Id).remove({ force: true, v: true });
      for (const { Id, Name } of await docker.listNetworks()) {
        if (Name.startsWith(project)) await docker.getNetwork(Id).remove();
      }
    },
  };
}

/** What the container itself answers on /health. */
async function answerOf(docker: Dockerode, name: string): Promise<string> {
  const { NetworkSettings } = await docker.getContainer(name).inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  const answer = await fetch(`http://${network?.IPAddress ?? ''}:8000/health`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.text()).trim();
}

async function makeImage(
  docker: Dockerode,
  { registry, baseImage }: RolloutPlace,
  { project, number, lines }: { project: string; number: number; lines: readonly string[] },
): Promise<TargetImage> {
  const repository = `${registry}/xgen/main/xgen-core`;
  const tag = `${project}-${createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 8)}-b${String(number)}`;
  await drain(docker, await docker.pull(baseImage));
  const container = await docker.createContainer({ Image: baseImage, Cmd: ['true'], Labels: { test: project } });
  await container.commit({ repo: repository, tag, comment: String(number), changes: [...lines] });
  await container.remove();
  const image = docker.getImage(`${repository}:${tag}`);
  await drain(docker, await image.push({ authconfig: { username: '', password: '' } }));
  const { RepoDigests } = await image.inspect();
  const reference = parseImage(RepoDigests.find((text) => text.startsWith(repository)) ?? '');
  await image.remove();
  const digest = reference?.digest ?? '';
  if (reference === null || !isDigest(digest)) throw new Error('the push gave no digest');
  return { number, commit: String(number).repeat(40).slice(0, 40), digest, reference };
}

async function drain(docker: Dockerode, stream: NodeJS.ReadableStream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  docker.modem.followProgress(stream, (error: Error | null) => (error === null ? resolve(undefined) : reject(error)));
  await promise;
}
