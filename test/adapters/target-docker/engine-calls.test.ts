import { describe, expect, it } from 'vitest';
import { changeEngine, engineFailure, readEngine, unless } from '../../../src/adapters/target-docker/engine-calls.ts';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import { EngineError, RolloutError } from '../../../src/errors/xgen-error.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

const where = {
  endpoint: { address: 'unix:///run/docker.sock', isLocal: true, hostName: null },
  target: targetPlan({ env: 'prd' }),
};

function answered(statusCode: number, message: string): Error {
  const framed = new Error(`(HTTP code ${String(statusCode)}) server error - ${message} `);
  return Object.assign(framed, { statusCode, json: { message } });
}

const unreachable = (cause: string) =>
  new EngineError({ code: 'ENGINE_UNREACHABLE', message: 'the engine does not answer', facts: { cause } });

describe('what an engine says', () => {
  it.each([
    [answered(500, 'no space left'), 'ROLLOUT_FAILED', 'prd: the engine refused to start it: no space left'],
    [answered(403, 'denied by policy'), 'TARGET_FORBIDDEN', 'does not allow this: denied by policy'],
    [unreachable('ECONNREFUSED'), 'TARGET_UNREACHABLE', 'prd: the engine does not answer'],
    [unreachable('EACCES'), 'TARGET_FORBIDDEN', 'prd: the engine does not answer'],
    [new Error('socket hang up'), 'TARGET_UNREACHABLE', 'could not be asked to start it: socket hang up'],
  ])('becomes an error of the rollout: %s', (error, code, message) => {
    expect(engineFailure(where, 'start it', error)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('keeps an error that is one already', () => {
    const own = new RolloutError({ code: 'ROLLOUT_BUSY', message: 'busy' });
    expect(engineFailure(where, 'x', own)).toBe(own);
  });

  it('may be that it is so already', async () => {
    await expect(unless([304], Promise.reject(answered(304, 'already started')))).resolves.toBeNull();
    await expect(unless([304], Promise.reject(answered(500, 'no')))).rejects.toThrow('no');
    const wrapped = changeEngine(where, { what: 'x' }, () => Promise.reject(answered(409, 'in use')));
    await expect(unless([409], wrapped)).resolves.toBeNull();
  });
});

describe('a call', () => {
  it('that is told to stop ends with the reason, also where the engine keeps silent', async () => {
    const controller = new AbortController();
    const reason = new AbortReason('canceled', 'interrupted');
    const call = readEngine(where, controller.signal, () => new Promise<never>(() => undefined));
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('that changes something has a limit', async () => {
    const call = changeEngine(where, { what: 'stop it', limitMs: 20 }, () => new Promise<never>(() => undefined));
    await expect(call).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('no answer'),
    });
  });
});
