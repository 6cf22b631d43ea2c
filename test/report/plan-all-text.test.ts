import { describe, expect, test } from 'vitest';
import { exitCodeOfPlans, planAllText } from '../../src/report/plan-all-text.ts';
import type { PlanView } from '../../src/report/plan-text.ts';
import type { TargetState } from '../../src/ports/target.ts';
import { planFor } from '../fakes/build-plan.ts';
import { targetPlan } from '../fakes/target-plan.ts';

const D41 = `sha256:${'4'.repeat(64)}` as const;
const D40 = `sha256:${'3'.repeat(64)}` as const;
const PREVIOUS = { number: 41, digest: D41, commit: null, fingerprint: 'f', inputs: null };

function running(digest: typeof D41, number: number, site = 'lotteimall'): TargetState {
  return {
    status: 'present',
    site,
    digest,
    runs: [digest],
    image: 'x',
    number,
    commit: null,
    since: null,
    startedBy: null,
    running: true,
    replicas: 1,
    proven: [],
    isProven: true,
    tracker: null,
  };
}

function viewOf(changes: Partial<PlanView> & { service?: string; state?: TargetState } = {}): PlanView {
  const { service = 'xgen-core', state = running(D41, 41), ...rest } = changes;
  const target = targetPlan({ site: 'lotteimall' });
  return {
    destination: 'docker.example.com/xgen/lotteimall',
    plan: { ...planFor(), service, targets: [target] },
    commit: { status: 'known', value: 'a'.repeat(40) },
    registry: { status: 'known', value: { highest: 41, previous: PREVIOUS, moving: { digest: D41, number: 41 } } },
    verdict: { status: 'known', value: { build: false, reason: 'unchanged since b41' } },
    overlay: ['Dockerfile'],
    targets: [{ target, state: { status: 'known', value: state } }],
    ...rest,
  };
}

const BUILT: Partial<PlanView> = {
  verdict: { status: 'known', value: { build: true, reason: 'source 1a2b3c4 → 5d6e7f8' } },
};
const UNKNOWN: Partial<PlanView> = {
  verdict: {
    status: 'unknown',
    error: { code: 'SOURCE_UNREACHABLE', message: 'no answer', stage: null, hint: 'try again', evidence: [] },
  },
};

describe('a plan of every service', () => {
  test('has a line for each, and counts them', () => {
    const views = [
      viewOf(),
      viewOf({ service: 'xgen-frontend', ...BUILT, state: running(D40, 40) }),
      viewOf({ service: 'api', state: { status: 'missing', canCreate: true } }),
      viewOf({ service: 'broken', ...UNKNOWN }),
    ];
    expect(planAllText(views, 200).split('\n')).toEqual([
      'lotteimall · amd64 → docker.example.com/xgen/lotteimall',
      'xgen-core      unchanged since b41 · dev: runs b41',
      'xgen-frontend  b42-amd64 or higher: source 1a2b3c4 → 5d6e7f8 · dev: replaces b40',
      'api            unchanged since b41 · dev: new',
      'broken         no answer (SOURCE_UNREACHABLE) → try again',
      '',
      '1 service would be built, 2 unchanged, of 1 it is not known. Nothing was changed.',
      '',
    ]);
  });

  test('says where a moving tag is put back', () => {
    const registry = { highest: 41, previous: PREVIOUS, moving: { digest: D40, number: 40 } } as const;
    const text = planAllText([viewOf({ registry: { status: 'known', value: registry } })], 200);
    expect(text).toContain('unchanged since b41, latest-amd64 is put back on b41-amd64');
  });

  test.each<[PlanView[], number]>([
    [[viewOf()], 0],
    [[viewOf(), viewOf(UNKNOWN)], 1],
    [[viewOf(UNKNOWN), viewOf({ state: running(D40, 40, 'aww') })], 2],
  ])('ends with the worst of all, case %#', (views, exitCode) => {
    expect(exitCodeOfPlans(views)).toBe(exitCode);
  });
});
