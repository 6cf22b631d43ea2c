import { describe, expect, it } from 'vitest';
import { doctor, type Examination } from '../../src/commands/doctor.ts';
import { AbortReason } from '../../src/errors/abort-reason.ts';
import { EngineError } from '../../src/errors/xgen-error.ts';

const never = new AbortController().signal;

function found(name: string, status: 'ok' | 'warning' | 'error'): Examination {
  return {
    name,
    examine: () => Promise.resolve({ name, status, detail: `${name} is ${status}`, fix: `mend ${name}` }),
  };
}

describe('doctor', () => {
  it('says what mends a warning and an error, and nothing where all is well', async () => {
    const outcome = await doctor([found('git', 'ok'), found('disk', 'warning'), found('engine', 'error')], never);
    expect(outcome).toMatchObject({ exitCode: 1 });
    expect(outcome.text).toBe(
      [
        '✔ git     git is ok',
        '! disk    disk is warning',
        '          → mend disk',
        '✘ engine  engine is error',
        '          → mend engine',
        '',
        '1 ok, 1 warning, 1 error',
        '',
      ].join('\n'),
    );
  });

  it('exits with 0 where there are warnings only', async () => {
    expect(await doctor([found('disk', 'warning')], never)).toMatchObject({ exitCode: 0 });
  });

  it('goes on with the others when one examination throws', async () => {
    const error = new EngineError({
      code: 'ENGINE_UNREACHABLE',
      message: 'the engine does not answer',
      hint: 'start it',
    });
    const broken: Examination = { name: 'engine', examine: () => Promise.reject(error) };
    const outcome = await doctor([broken, found('git', 'ok')], never);
    expect(outcome.json).toMatchObject({
      findings: [
        { name: 'engine', status: 'error', detail: 'the engine does not answer', fix: 'start it' },
        { name: 'git', status: 'ok' },
      ],
    });
  });

  it('says who did not answer in time, and what finds out why', async () => {
    const silent: Examination = {
      name: 'registry',
      asks: { whom: 'the registry', ifSilent: 'curl it' },
      examine: () => Promise.reject(new AbortReason('timeout', 'the time limit was reached')),
    };
    expect((await doctor([silent], never)).json).toMatchObject({
      findings: [{ status: 'error', detail: 'the registry did not answer within 15 s', fix: 'curl it' }],
    });
  });

  it('ends when it is canceled although an examination does not listen', async () => {
    const deaf: Examination = { name: 'deaf', examine: () => new Promise(() => undefined) };
    const controller = new AbortController();
    const ending = doctor([deaf], controller.signal);
    controller.abort(new Error('Ctrl-C'));
    await expect(ending).rejects.toThrow('Ctrl-C');
  });
});
