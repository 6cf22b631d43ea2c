import type {
  RolloutOrder,
  RolloutTarget,
  TargetImage,
  TargetPlan,
  TargetRight,
  TargetSnapshot,
  TargetState,
} from '../../src/ports/target.ts';
import { formatImage } from '../../src/values/image-reference.ts';

export type PresentState = Extract<TargetState, { status: 'present' }>;

/** What happens in one environment; what is left out goes well. */
export interface TargetScript {
  readonly state?: TargetState;
  /** By default an identity of the environment's own. */
  readonly identity?: string;
  readonly check?: Error;
  readonly apply?: Error | ((order: RolloutOrder) => Promise<void>);
  readonly prove?: Error | ((order: RolloutOrder) => Promise<void>);
  readonly revert?: Error | boolean;
  readonly inspect?: Error;
  readonly rights?: readonly TargetRight[];
}

export interface ScriptedTarget {
  readonly target: RolloutTarget;
  /** Every call that may change something, in order: `dev apply b42`. */
  readonly calls: string[];
  readonly state: (env: string) => TargetState;
}

/** A target in memory: apply and prove change its state as a real one would, unless the script says otherwise. */
export function scriptedTarget(scripts: Readonly<Record<string, TargetScript>> = {}): ScriptedTarget {
  const states = new Map<string, TargetState>();
  const calls: string[] = [];
  const script = (target: TargetPlan): TargetScript => scripts[target.env] ?? {};
  const state = (env: string): TargetState =>
    states.get(env) ?? scripts[env]?.state ?? { status: 'missing', canCreate: true };
  const note = (target: TargetPlan, call: string) => calls.push(`${target.env} ${call}`);
  const target: RolloutTarget = {
    claim: () => Promise.resolve({ release: () => Promise.resolve() }),
    rights: (plan) => Promise.resolve(script(plan).rights ?? []),
    identity: (plan) => Promise.resolve(script(plan).identity ?? `place of ${plan.env}`),
    recover: (plan) => {
      note(plan, 'recover');
      return Promise.resolve();
    },
    check: (plan) => settle(script(plan).check, undefined),
    inspect: (plan) => settle(script(plan).inspect, state(plan.env)),
    snapshot: (plan) => Promise.resolve(snapshotOf(plan)),
    async apply(order) {
      note(order.target, `apply ${name(order.image)}`);
      await run(script(order.target).apply, order);
    },
    async prove(order) {
      note(order.target, `prove ${name(order.image)}`);
      await run(script(order.target).prove, order);
      states.set(order.target.env, stateAfter(order, state(order.target.env)));
      return { digest: order.image.digest, replicas: 1, detail: 'answers 200 on /health' };
    },
    revert: (plan) => {
      note(plan, 'revert');
      const { revert } = script(plan);
      const isBack = typeof revert === 'boolean' ? revert : state(plan.env).status === 'present';
      return settle(revert instanceof Error ? revert : undefined, isBack);
    },
    async restart(order) {
      note(order.target, `restart ${name(order.image)}`);
      await run(script(order.target).apply, order);
      return { digest: order.image.digest, replicas: 1, detail: 'answers 200 on /health' };
    },
    nativeRollbackCommand: (_plan, image) => `native ${name(image)}`,
  };
  return { target, calls, state };
}

/** A state in which a proven image of the target's own site runs. */
export function running(image: TargetImage, changes: Partial<PresentState> = {}): PresentState {
  return {
    status: 'present',
    site: 'main',
    digest: image.digest,
    runs: [image.digest],
    image: formatImage(image.reference),
    number: image.number,
    commit: image.commit,
    since: '2026-03-09T04:00:00.000Z',
    startedBy: 'jiwon@ci-7',
    running: true,
    replicas: 1,
    proven: [],
    isProven: true,
    tracker: null,
    ...changes,
  };
}

/** An image of xgen-core for main whose digest is made of its number. */
export function numbered(number: number, host = 'registry.test'): TargetImage {
  const digest = `sha256:${String(number).repeat(64).slice(0, 64)}` as const;
  const reference = { host, path: 'xgen/main/xgen-core', tag: null, digest };
  return { number, commit: String(number).padStart(40, 'c'), digest, reference };
}

function stateAfter(order: RolloutOrder, before: TargetState): PresentState {
  const was = before.status === 'present' ? before : null;
  const replaced =
    was !== null && was.isProven && was.digest !== null && was.digest !== order.image.digest
      ? [{ number: was.number, commit: was.commit, digest: was.digest, reference: order.image.reference }]
      : [];
  const proven = [...replaced, ...(was?.proven ?? [])].filter(({ digest }) => digest !== order.image.digest);
  return running(order.image, { site: order.target.site, startedBy: order.startedBy, proven });
}

function snapshotOf(plan: TargetPlan): TargetSnapshot {
  return { kind: plan.kind, env: plan.env, deployment: plan.deployment, data: {} };
}

function name({ number, digest }: TargetImage): string {
  return number === null ? digest : `b${String(number)}`;
}

async function run(step: TargetScript['apply'], order: RolloutOrder): Promise<void> {
  if (step instanceof Error) throw step;
  await step?.(order);
}

function settle<T>(failure: Error | undefined, value: T): Promise<T> {
  return failure === undefined ? Promise.resolve(value) : Promise.reject(failure);
}
