import pLimit from 'p-limit';
import { AbortReason } from '../errors/abort-reason.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildEvent } from '../ports/events.ts';
import type { BuildAllResult, BuildResult } from '../ports/result.ts';
import type { InfraState } from '../ports/sources.ts';
import { endOfAll, type ServiceEnd } from './build-all-end.ts';
import { longestFirst } from './build-order.ts';
import type { Ports } from './context.ts';
import type { Looks } from './looks.ts';
import { runBuild } from './run-build.ts';

export interface BuildAllRequest {
  /** One per service, of one site, in the order of the configuration. */
  readonly plans: readonly BuildPlan[];
  /** Builds side by side. */
  readonly concurrency: number;
  /** The first failure ends what still runs and begins nothing more. */
  readonly failFast: boolean;
  readonly infra: InfraState;
  readonly startedBy: string;
}

export interface BuildAllOutside {
  /** Shared by all builds: see `sharePorts`. */
  readonly ports: Ports;
  readonly looks: Looks;
  readonly signal: AbortSignal;
  readonly onEvent: (service: string, event: BuildEvent) => void;
}

/**
 * Builds every service by `runBuild`, a few at a time, the longest first. What fails stops no other. Never rejects: each
 * service ends as succeeded, unstable, failed, canceled or skipped.
 */
export async function runBuildAll(request: BuildAllRequest, outside: BuildAllOutside): Promise<BuildAllResult> {
  const { ports, signal } = outside;
  const begin = ports.clock.monotonicMs();
  const limit = pLimit(request.concurrency);
  const stop = new AbortController();
  const all = { ...outside, signal: AbortSignal.any([signal, stop.signal]) };
  const ends = new Map<string, ServiceEnd>();
  const ordered = await inOrder(request, ports);
  await Promise.all(
    ordered.map((plan) =>
      limit(async () => {
        const end = await buildOne(plan, request, all);
        ends.set(plan.service, end);
        const isFailed = end.kind === 'ended' && end.result.status === 'failed';
        if (request.failFast && isFailed)
          stop.abort(new AbortReason('canceled', `${plan.service} failed (--fail-fast)`));
      }),
    ),
  );
  const services = request.plans.map(({ service }) => service);
  const durationMs = Math.round(ports.clock.monotonicMs() - begin);
  return endOfAll({ services, ends, isCanceled: signal.aborted, durationMs });
}

/** Where all begin at once there is no order. */
async function inOrder({ plans, concurrency }: BuildAllRequest, { store }: Ports): Promise<readonly BuildPlan[]> {
  if (plans.length <= concurrency) return plans;
  return longestFirst(plans, store).catch(() => plans);
}

async function buildOne(plan: BuildPlan, request: BuildAllRequest, outside: BuildAllOutside): Promise<ServiceEnd> {
  const { ports, looks, signal, onEvent } = outside;
  if (signal.aborted) return { kind: 'not-begun' };
  const { infra, startedBy } = request;
  const result: BuildResult = await runBuild(
    { plan, infra, startedBy },
    { ports, looks, signal, onEvent: (event) => onEvent(plan.service, event) },
  );
  return { kind: 'ended', result };
}
