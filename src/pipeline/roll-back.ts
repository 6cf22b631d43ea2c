import { RolloutError } from '../errors/xgen-error.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildRecord } from '../ports/store.ts';
import type { TargetImage, TargetPlan, TargetState } from '../ports/target.ts';
import { formatImage, withDigest } from '../values/image-reference.ts';
import type { CheckedTarget } from './check-targets.ts';
import type { Ports } from './context.ts';

const SHOWN_NUMBERS = 5;

/**
 * The image to go back to in one target, from the target's own labels, so that any machine can do it: the last one that
 * ran well there, or the number that was asked for. The store only adds numbers that the target no longer lists.
 * Throws NOTHING_TO_ROLL_BACK, naming the numbers that ran well.
 */
export function chooseRollback(choice: {
  readonly target: TargetPlan;
  readonly state: TargetState;
  readonly to: number | null;
  readonly records: readonly BuildRecord[];
}): TargetImage {
  const { target, state, to, records } = choice;
  const proven = state.status === 'present' ? state.proven : [];
  if (to === null) {
    const [last] = proven;
    if (last === undefined) throw nothing(target, state, null);
    return last;
  }
  const found = running(state, to) ?? proven.find(({ number }) => number === to) ?? recorded(target, to, records);
  if (found === null) throw nothing(target, state, to);
  return found;
}

/** Asks the registry whether what is gone back to is still there: found out before anything is touched. */
export async function requireInRegistry(
  image: TargetImage,
  { plan, ports, signal }: { plan: BuildPlan; ports: Pick<Ports, 'registries'>; signal: AbortSignal },
): Promise<void> {
  const { host, path } = image.reference;
  const { registry } = plan.image;
  const isOwn = host === registry.pullHost || host === registry.host;
  const client = isOwn ? ports.registries.open(registry) : ports.registries.openHost(host);
  if ((await client.headManifest(path, image.digest, signal)) !== null) return;
  const name = image.number === null ? 'the image' : `b${String(image.number)}`;
  throw new RolloutError({
    code: 'IMAGE_MISSING',
    message: `${name} (${formatImage(image.reference)}) is not in the registry any more`,
    hint: `see what else ran well: xgen-build status ${plan.service} --site ${plan.site}; or build it again`,
    facts: { service: plan.service, site: plan.site, digest: image.digest },
  });
}

function running(state: TargetState, to: number): TargetImage | null {
  if (state.status === 'missing' || state.number !== to || state.digest === null) return null;
  const { number, commit, digest, image } = state;
  const [host = '', ...path] = image.replace(/@.*$/, '').split('/');
  return { number, commit, digest, reference: withDigest({ host, path: path.join('/') }, digest) };
}

function recorded(target: TargetPlan, to: number, records: readonly BuildRecord[]): TargetImage | null {
  for (const { number, commit, rollouts } of records) {
    const rollout = rollouts.find(({ env, status }) => env === target.env && status === 'succeeded');
    if (number !== to || rollout === undefined || rollout.digest === null) continue;
    const { digest } = rollout;
    return { number, commit, digest, reference: withDigest(target.repository, digest) };
  }
  return null;
}

function nothing(target: TargetPlan, state: TargetState, to: number | null): RolloutError {
  const { env, service, site, deployment } = target;
  const proven = state.status === 'present' ? state.proven : [];
  const numbers = proven.flatMap(({ number }) => (number === null ? [] : [`b${String(number)}`]));
  const known = numbers.slice(0, SHOWN_NUMBERS).join(', ');
  const deploy = `xgen-build deploy ${service} --site ${site} --env ${env} --to ${to === null ? 'bN' : `b${String(to)}`}`;
  return new RolloutError({
    code: 'NOTHING_TO_ROLL_BACK',
    message:
      to === null
        ? `${env}: no image is known that ran well as ${deployment} before`
        : `${env}: b${String(to)} is not among what ran well as ${deployment}`,
    hint:
      known === '' ? `roll out any image by its number: ${deploy}` : `these ran well: ${known}; any other: ${deploy}`,
    facts: { env, service, site, to },
  });
}

/** The checked targets with what each goes back to. Throws for the first that has nothing, before any is touched. */
export async function chooseRollbacks(choice: {
  readonly plan: BuildPlan;
  readonly ports: Pick<Ports, 'registries' | 'store'>;
  readonly targets: readonly CheckedTarget[];
  readonly to: number | null;
  readonly signal: AbortSignal;
}): Promise<ReadonlyMap<string, TargetImage>> {
  const { plan, ports, targets, to, signal } = choice;
  const { service, site } = plan;
  const records = to === null ? [] : await ports.store.find({ service, site, number: to });
  const chosen = targets.map(
    ({ target, state }) => [target.env, chooseRollback({ target, state, to, records })] as const,
  );
  const distinct = new Map(chosen.map(([, image]) => [formatImage(image.reference), image]));
  await Promise.all([...distinct.values()].map(async (image) => requireInRegistry(image, { plan, ports, signal })));
  return new Map(chosen);
}
