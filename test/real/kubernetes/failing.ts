import { expect } from 'vitest';
import type { ErrorReport } from '../../../src/ports/result.ts';
import { SERVICE, openScene, type Scene, type SceneOptions } from './scene.ts';

/** Long enough that a failure which is only named when time is up takes the test's own time too. */
const LONG = '300s';

/** A scene whose rollouts to dev may take long, and end with exit code 1 when they fail. */
export function openFailingScene(options: SceneOptions & { timeout?: string; strategy?: string }): Promise<Scene> {
  const { timeout = LONG, strategy = 'restart', ...rest } = options;
  const rollout = { timeout, strategy, onFailure: 'fail' };
  return openScene({
    ...rest,
    changes: { ...rest.changes, environments: { environments: { dev: { rollout } } } },
  });
}

/** Builds, and expects that the rollout to dev fails for the reason; resolves to its error. */
export async function expectFailure(scene: Scene, code: string): Promise<ErrorReport> {
  const result = await scene.build(['--env', 'dev'], { exitCode: 1 });
  const [rollout] = result.rollouts;
  const error = rollout?.error;
  expect(error?.code, JSON.stringify(result)).toBe(code);
  expect(error?.hint).not.toBeNull();
  expect(rollout).toMatchObject({ env: 'dev', status: 'failed', deployment: SERVICE });
  if (error === null || error === undefined) throw new Error('the rollout has no error');
  return error;
}

/** Everything that an error says. */
export function wordsOf(error: ErrorReport): string {
  return [error.message, error.hint ?? '', ...error.evidence].join('\n');
}
