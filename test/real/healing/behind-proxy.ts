import { expect } from 'vitest';
import type { FaultProxy } from '../../lab/fault-proxy.ts';
import type { Infra, Lab } from '../../lab/lab.ts';
import { expectHealed, expectNextBuildWorks, expectPushed, type ExpectedAttempt } from './expectations.ts';
import { runBuild } from './scene.ts';

/** A service whose registry is behind a proxy of its own, with its source at the second commit. */
export interface BehindProxy {
  readonly lab: Lab;
  readonly infra: Infra;
  readonly proxy: FaultProxy;
}

/** The build meets the fault, ends well by these attempts, and the next one needs none. */
export async function expectEndsWell(place: BehindProxy, attempts: readonly ExpectedAttempt[]): Promise<void> {
  const { result } = await runBuild(place.infra);
  expect(place.proxy.requests.some(({ fault }) => fault !== null)).toBe(true);
  expectHealed(result, attempts);
  await expectPushed(place, result, 'second');
  await expectNextBuildWorks(place);
}
