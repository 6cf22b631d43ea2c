import { describe, expect, it } from 'vitest';
import { chooseContainers, type FoundContainer } from '../../../src/adapters/target-docker/find-containers.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

const target = targetPlan();
const composed = { 'com.docker.compose.project': 'xgen-dev', 'com.docker.compose.service': 'xgen-core' };
const ours = { 'io.xgen-build.owner': '{}' };

function container(name: string, labels: Readonly<Record<string, string>> = {}): FoundContainer {
  return { id: `id of ${name}`, name, labels, isRunning: true, createdAt: 0 };
}

function choose(...containers: readonly FoundContainer[]) {
  const { name, current, staged } = chooseContainers(target, containers);
  return [name, current?.name ?? null, staged === null ? null : `${staged.name} ${staged.stage}`];
}

describe('the containers of a target', () => {
  it('are none', () => {
    expect(choose()).toStrictEqual(['xgen-dev-xgen-core', null, null]);
  });

  it('are found by compose’s labels, whatever the name, else by name', () => {
    expect(choose(container('xgen-dev-xgen-core'), container('my-core', composed))[1]).toBe('my-core');
    expect(choose(container('xgen-dev-xgen-core'))[1]).toBe('xgen-dev-xgen-core');
    expect(choose(container('other', { ...composed, 'com.docker.compose.project': 'xgen-prd' }))[1]).toBeNull();
  });

  it('leave out what compose runs once', () => {
    expect(choose(container('run-1', { ...composed, 'com.docker.compose.oneoff': 'True' }))[1]).toBeNull();
  });

  it('are listed twice, by label and by name, and counted once', () => {
    const one = container('xgen-dev-xgen-core', composed);
    expect(choose(one, one)[1]).toBe('xgen-dev-xgen-core');
  });

  it('tell a rollout’s container from the one that counts', () => {
    const old = container('core-1', composed);
    expect(choose(old, container('core-1.next', { ...composed, ...ours }))).toStrictEqual([
      'core-1',
      'core-1',
      'core-1.next next',
    ]);
    expect(choose(container('core-1.proven', { ...composed, ...ours }))).toStrictEqual([
      'core-1',
      null,
      'core-1.proven proven',
    ]);
    expect(
      choose(
        old,
        container('core-1.next', { ...composed, ...ours }),
        container('core-1.proven', { ...composed, ...ours }),
      )[2],
    ).toBe('core-1.proven proven');
  });

  it('are refused where compose runs several, with the line that scales down', () => {
    expect(() => choose(container('core-1', composed), container('core-2', composed))).toThrow(
      expect.objectContaining({
        code: 'ROLLOUT_FAILED',
        message: 'dev: compose runs 2 containers of xgen-core (core-1, core-2), and only one can be replaced',
      }),
    );
  });
});
