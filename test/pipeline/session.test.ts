import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/adapters/clock.ts';
import { createSilentLogger } from '../../src/adapters/logger.ts';
import { createRedactor } from '../../src/adapters/redaction/redactor.ts';
import { AbortReason } from '../../src/errors/abort-reason.ts';
import { BuildError } from '../../src/errors/xgen-error.ts';
import type { Ports } from '../../src/pipeline/context.ts';
import { runSession, type SessionBody, type SessionRequest } from '../../src/pipeline/session.ts';
import { runStage } from '../../src/pipeline/stage.ts';
import type { BuildEvent } from '../../src/ports/events.ts';
import { PARAMETERS } from '../fakes/build-parameters.ts';
import { CLAIMED, scriptedStore, type StoreScript } from '../fakes/scripted-store.ts';

const REQUEST: SessionRequest = {
  header: {
    service: 'xgen-core',
    site: 'main',
    parameters: PARAMETERS,
    infra: { commit: null, dirty: false },
    startedBy: 'jiwon@ci-7',
  },
  command: 'build',
  destination: 'registry.example/xgen/main',
};

function session(body: SessionBody, { script = {}, signal }: { script?: StoreScript; signal?: AbortSignal } = {}) {
  const scripted = scriptedStore(script);
  const redactor = createRedactor();
  redactor.add('correct-horse');
  const events: BuildEvent[] = [];
  // A session uses these four ports; its body is the test's own.
  const ports = { store: scripted.store, clock: createClock(), redactor, logger: createSilentLogger() } as Ports;
  const never = new AbortController().signal;
  const result = runSession(REQUEST, { ports, signal: signal ?? never, onEvent: (event) => events.push(event) }, body);
  return { ...scripted, events, result };
}

const SUCCEEDED = { status: 'succeeded', error: null } as const;

const BUSY = { status: 'busy', startedBy: 'minji@laptop', number: 41, since: '2026-11-22T00:00:00Z' } as const;

describe('runSession', () => {
  it('keeps every event with the build, numbered from the first', async () => {
    const { result, events, kept } = session(() => Promise.resolve(SUCCEEDED));
    expect(await result).toMatchObject({ status: 'succeeded', error: null });
    expect(kept).toEqual(events);
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_event, index) => index + 1));
    expect(kept.map(({ kind }) => kind)).toEqual(['build-started', 'build-finished']);
  });

  it('says whom it waits for, once, and goes on when it is its turn', async () => {
    const claims = [BUSY, BUSY, { status: 'claimed', build: CLAIMED }] as const;
    const { result, events } = session(() => Promise.resolve(SUCCEEDED), { script: { claims } });
    expect(await result).toMatchObject({ status: 'succeeded' });
    const waiting = events.filter((event) => event.kind === 'waiting');
    expect(waiting).toMatchObject([{ forWhom: 'b41 of xgen-core for main, started by minji@laptop' }]);
  });

  it('gives up its place in the queue when it is canceled while it waits', async () => {
    const controller = new AbortController();
    const { result, withdrawn } = session(() => Promise.resolve(SUCCEEDED), {
      script: { claims: [BUSY] },
      signal: controller.signal,
    });
    controller.abort(new AbortReason('canceled', 'interrupted by Ctrl-C', 'SIGINT'));
    expect(await result).toMatchObject({ status: 'canceled', error: { code: 'CANCELED' } });
    expect(withdrawn).toHaveLength(1);
  });

  it('ends as superseded, not as failed, when a newer automatic build takes its place', async () => {
    const claims = [{ status: 'superseded', by: 'webhook@ci-7' }] as const;
    const { result } = session(() => Promise.resolve(SUCCEEDED), { script: { claims } });
    expect(await result).toMatchObject({ status: 'superseded', error: { code: 'SUPERSEDED' } });
  });

  it('names the stage in which an error happened, and redacts it', async () => {
    const { result, finished } = session((context) =>
      runStage(context, 'push', () =>
        Promise.reject(
          new BuildError({ code: 'PUSH_FAILED', message: 'refused correct-horse', evidence: ['correct-horse'] }),
        ),
      ),
    );
    const error = { code: 'PUSH_FAILED', stage: 'push', message: 'refused ***', evidence: ['***'] };
    expect(await result).toMatchObject({ status: 'failed', error, stages: [{ name: 'push', status: 'failed' }] });
    expect(JSON.stringify(finished)).not.toContain('correct-horse');
  });

  it('reports what nobody expected as a fault of its own', async () => {
    const { result } = session(() => Promise.reject(new TypeError('x is not a function')));
    expect(await result).toMatchObject({
      status: 'failed',
      error: { code: 'INTERNAL', message: 'x is not a function' },
    });
  });

  it('stops when another process took the build over', async () => {
    const { result } = session(
      (context) =>
        new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason));
        }),
      { script: { heartbeat: 'lost', finish: false } },
    );
    expect(await result).toMatchObject({ status: 'failed', error: { code: 'LOST' } });
  });

  it('never reports success when its result was thrown away', async () => {
    const { result } = session(() => Promise.resolve(SUCCEEDED), { script: { finish: false } });
    expect(await result).toMatchObject({ status: 'failed', error: { code: 'LOST' } });
  });

  it('loses no finished build when the state cannot be written, and says so', async () => {
    const { result } = session(() => Promise.resolve(SUCCEEDED), {
      script: { flush: new Error('no space left on device'), finish: new Error('database or disk is full') },
    });
    const answer = await result;
    expect(answer.status).toBe('succeeded');
    expect(answer.warnings).toEqual([
      'the log of this build is not complete: no space left on device',
      'the result could not be kept in the state: database or disk is full',
    ]);
  });

  it('goes on numbering where the attempt before the crash stopped', async () => {
    const log = [{ kind: 'waiting', forWhom: 'x', seq: 17, at: '' }] as const;
    const claims = [{ status: 'claimed', build: { ...CLAIMED, attempt: 2 } }] as const;
    const { result, kept } = session(() => Promise.resolve(SUCCEEDED), { script: { claims, log } });
    await result;
    expect(kept.map(({ seq }) => seq)).toEqual([18, 19]);
  });
});
