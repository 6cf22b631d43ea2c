import { expect, it } from 'vitest';
import { readSiteUse } from '../../src/pipeline/gc-targets.ts';
import { rolloutPlan } from '../fakes/rollout-context.ts';
import { numbered, running, scriptedTarget } from '../fakes/scripted-target.ts';

const [b40, b41, b42] = [numbered(40), numbered(41), numbered(42)];

it('spares what any pod still runs, also while they differ, and what a rollback goes back to', async () => {
  const state = running(b42, { digest: null, runs: [b42.digest, b41.digest], proven: [b40] });
  const { target } = scriptedTarget({ dev: { state } });
  const plans = [rolloutPlan([{ env: 'dev', kind: 'kubernetes' }])];
  const signal = new AbortController().signal;
  const { used, unknown } = await readSiteUse({ site: 'main', plans, targets: () => target, signal });
  expect([...used.keys()]).toStrictEqual([b42.digest, b41.digest, b40.digest]);
  expect(unknown).toStrictEqual([]);
});
