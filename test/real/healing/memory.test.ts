import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Infra, type OwnLab } from '../../lab/lab.ts';
import { eventsOf } from './events.ts';
import { expectHealed, expectNothingLeft, expectPushed } from './expectations.ts';
import { gateStep, openGate } from './gate.ts';
import { freshInfra, runBuild, startBuild, changeSource, writeDockerfile } from './scene.ts';

let lab: OwnLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

const FROM = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY . .\n';
/** As the kernel ends a process that takes too much memory. */
const KILLED = 'sleep 9 & kill -9 $!; wait $!';
const OUT_OF_MEMORY = { stage: 'build', outcome: 'out-of-memory', rule: 'step-killed' } as const;

async function infraWith(step: string): Promise<Infra> {
  const infra = await freshInfra(lab);
  await writeDockerfile(infra, `${FROM}RUN ${step}\n`);
  await changeSource(infra, 'second');
  return infra;
}

/** A step that is killed the first time, and does well the second time. */
function killedOnce({ project }: Infra): string {
  const cache = `--mount=type=cache,id=${project},target=/cache`;
  return `${FROM}RUN ${cache} if [ ! -e /cache/before ]; then touch /cache/before; ${KILLED}; fi\n`;
}

describe('a step that is killed', () => {
  it('is tried once more, and does well', async () => {
    const infra = await freshInfra(lab);
    await writeDockerfile(infra, killedOnce(infra));
    await changeSource(infra, 'second');
    const { result } = await runBuild(infra);
    expectHealed(result, [{ ...OUT_OF_MEMORY, remedy: 'rebuild-alone' }]);
    await expectPushed({ lab, infra }, result, 'second');
    await expectNothingLeft(lab, [infra]);
  });

  it('is not tried again without step-killed', async () => {
    const infra = await freshInfra(lab);
    await writeDockerfile(infra, killedOnce(infra));
    const { exitCode, result } = await runBuild(infra, { without: 'step-killed' });
    expect({ exitCode, attempts: result.attempts.length }).toEqual({ exitCode: 1, attempts: 1 });
    const { result: next } = await runBuild(infra);
    expectHealed(next, []);
  });

  it('twice ends the build, with the numbers', async () => {
    const infra = await infraWith(KILLED);
    const { exitCode, result } = await runBuild(infra);
    expect(exitCode).toBe(1);
    expect(result.attempts).toMatchObject([
      { ...OUT_OF_MEMORY, remedy: 'rebuild-alone' },
      { ...OUT_OF_MEMORY, remedy: 'none' },
    ]);
    expect(result.error).toMatchObject({ code: 'BUILD_FAILED', stage: 'build' });
    expect(result.error?.message).toContain('137');
    expect(result.error?.hint).toMatch(/\d GB of memory/);
    await expectNothingLeft(lab, [infra]);
  });

  it('is tried again with no other build beside it, also none of another state directory', async () => {
    const beside = await freshInfra(lab);
    await writeDockerfile(beside, `${FROM}${gateStep(beside.project)}\n`);
    const infra = await freshInfra(lab);
    await writeDockerfile(infra, killedOnce(infra));
    const other = await startBuild(beside, 'halfway', { progress: 'json' });
    const alone = await startBuild(infra, /waits for the engine/, { progress: 'json' });
    openGate(lab, beside.project);
    const { result, words } = await alone.ended;
    expectHealed(result, [{ ...OUT_OF_MEMORY, remedy: 'rebuild-alone' }]);
    const otherEnd = eventsOf((await other.ended).words).find(
      ({ kind, stage }) => kind === 'stage-finished' && stage === 'build',
    );
    const again = eventsOf(words).filter(({ kind, status }) => kind === 'step' && status === 'completed');
    expect(Date.parse(again.at(-1)?.at ?? '')).toBeGreaterThan(Date.parse(otherEnd?.at ?? ''));
    expect((await other.ended).result.status).toBe('succeeded');
    await expectNothingLeft(lab, [infra, beside]);
  });
});
