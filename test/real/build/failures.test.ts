import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBuilder } from '../../../src/adapters/buildkit/create-builder.ts';
import { createClock } from '../../../src/adapters/clock.ts';
import { openEngine } from '../../../src/adapters/engine/open-engine.ts';
import { createSilentLogger } from '../../../src/adapters/logger.ts';
import { AbortReason } from '../../../src/errors/abort-reason.ts';
import { RULES } from '../../../src/healing/rules.ts';
import { useLab } from '../../lab/use-lab.ts';
import type { BuildProgress } from '../../../src/ports/builder.ts';
import { errorOf, inputFor, openBuildLab, outputOf, type BuildLab } from './build-lab.ts';

const { baseImage, engine } = useLab();
const FROM = `FROM ${baseImage}\n`;
let lab: BuildLab;

beforeAll(async () => {
  lab = await openBuildLab(engine.host);
});
afterAll(async () => lab.close());

async function failureOf(dockerfile: string, files: Readonly<Record<string, string>> = {}) {
  return errorOf(lab.build(await lab.context({ Dockerfile: dockerfile, ...files })));
}

describe('a build that fails', () => {
  test('shows the last lines of the step that failed, its Dockerfile line and its exit code, not the machinery', async () => {
    const dockerfile = `# one\n${FROM}RUN echo earlier\nRUN for i in $(seq 1 30); do echo "line $i"; done; \\\n    # a comment\n    sleep 1; echo "fatal: boom" >&2; \\\n    exit 7\n`;
    const error = await failureOf(dockerfile);
    expect(error.code).toBe('BUILD_FAILED');
    expect(error.message).toMatch(/^RUN for i in .* failed with exit code 7 \(Dockerfile line 4\)$/);
    expect(error.facts).toMatchObject({ exitCode: 7, line: 4 });
    expect(error.evidence).toHaveLength(20);
    // The two outputs of a step arrive by two pipes: without the pause, which line is the last is the engine's to say.
    expect(error.evidence.at(-1)).toBe('fatal: boom');
    expect(error.evidence).toContain('line 30');
    expect(error.evidence.join('\n')).not.toMatch(/executor failed|earlier/);
  });

  test('words of the builder that a step prints do not change what the error is', async () => {
    const error = await failureOf(`${FROM}RUN echo 'failed to compute cache key: "/x" not found: not found'; exit 1\n`);
    expect(error.code).toBe('BUILD_FAILED');
  });

  test('a killed step says that memory may be short', async () => {
    const error = await failureOf(`${FROM}RUN sleep 9 & kill -9 $!; wait $!\n`);
    expect(error).toMatchObject({ code: 'BUILD_FAILED', facts: { exitCode: 137 } });
    expect(error.hint).toContain('memory');
  });

  test('of two steps at once, the one that failed is named, not the one that was stopped', async () => {
    const error = await failureOf(
      `${FROM.replace('\n', ' AS slow\n')}RUN sleep 60\n${FROM.replace('\n', ' AS bad\n')}RUN sleep 1; echo no; exit 9\n${FROM}COPY --from=slow /etc/passwd /a\nCOPY --from=bad /etc/passwd /b\n`,
    );
    expect(error).toMatchObject({ code: 'BUILD_FAILED', facts: { exitCode: 9, line: 4 }, evidence: ['no'] });
  });

  test('a source of COPY that is missing is named with its line', async () => {
    const error = await failureOf(`${FROM}WORKDIR /app\nCOPY package.json missing.txt ./\n`, { 'package.json': '{}' });
    expect(error.code).toBe('DOCKERFILE_INVALID');
    expect(error.message).toBe('COPY needs missing.txt, which is not in the build context (Dockerfile line 3)');
    expect(error.hint).toContain('.dockerignore');
  });

  test('a source that .dockerignore hides is missing too', async () => {
    const error = await failureOf(`${FROM}COPY a.txt /\n`, { 'a.txt': '', '.dockerignore': '*.txt\n' });
    expect(error.message).toContain('COPY needs a.txt');
  });

  test.each([
    ['an unknown instruction', `${FROM}RUNN x\n`, /line 2.*RUNN/],
    ['an empty file', '', /empty/],
    ['a name that comes to nothing', 'ARG BASE\nFROM $BASE\n', /BASE/],
  ])('a Dockerfile with %s is refused', async (_, dockerfile, message) => {
    const error = await failureOf(dockerfile);
    expect(error.code).toBe('DOCKERFILE_INVALID');
    expect(error.message).toMatch(message);
  });

  test('a stage that is not there is named', async () => {
    const directory = await lab.context({ Dockerfile: FROM });
    const error = await errorOf(lab.build(directory, { target: 'release' }));
    expect(error).toMatchObject({ code: 'DOCKERFILE_INVALID', message: 'the Dockerfile has no stage "release"' });
  });

  test('a base image that is not there is named', async () => {
    const missing = baseImage.replace('busybox:1', 'nope:1');
    const error = await failureOf(`FROM ${missing}\n`);
    expect(error).toMatchObject({ code: 'BASE_IMAGE_MISSING', facts: { image: missing } });
  });

  test('a base image behind a login that is not given is named', async () => {
    const { nexus } = useLab().registries;
    const error = await failureOf(`FROM ${nexus.host}/base/private:1\n`);
    expect(error).toMatchObject({ code: 'BASE_IMAGE_MISSING', facts: { image: `${nexus.host}/base/private:1` } });
  });

  test('a registry that does not answer is told from an image that is missing', async () => {
    const error = await failureOf('FROM 127.0.0.1:1/base/x:1\n');
    expect(error.code).toBe('REGISTRY_UNREACHABLE');
  });

  test('a file that changes while the context is sent ends the build with its name', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}COPY . /ctx\n`,
      'a-large': Buffer.alloc(80_000_000, 1),
      'z-changed': 'before',
    });
    // Over and over: files are announced at once and sent in order, so a change falls in between, however slow or fast.
    const changing = setInterval(() => writeFileSync(join(directory, 'z-changed'), 'before'), 1);
    const error = await errorOf(lab.build(directory)).finally(() => clearInterval(changing));
    expect(error).toMatchObject({ code: 'BUILDER_FAILED', facts: { path: 'z-changed' } });
    expect(error.message).toContain('changed while it was sent');
  });

  test('a context that cannot be read ends the build at once', async () => {
    const directory = await lab.context({ Dockerfile: FROM });
    await rm(directory, { recursive: true });
    const error = await errorOf(lab.build(directory));
    expect(error.code).toBe('BUILDER_FAILED');
  });
});

describe('a build that is told to stop', () => {
  test('ends its step in the engine and says why it was stopped', async () => {
    const marker = `sleep 9${Date.now() % 100_000}`;
    const directory = await lab.context({ Dockerfile: `${FROM}RUN ${marker}\n` });
    const stop = new AbortController();
    const reason = new AbortReason('canceled', 'Ctrl-C', 'SIGINT');
    const running = lab.build(directory, {}, stop.signal).catch((error: unknown) => error);
    await until(async () => (await processes(marker)) > 0);
    const begin = performance.now();
    stop.abort(reason);
    expect(await running).toBe(reason);
    expect(performance.now() - begin).toBeLessThan(2_000);
    await until(async () => (await processes(marker)) === 0);
    expect(performance.now() - begin).toBeLessThan(3_000);
  });

  test('does not begin when it was told before', async () => {
    const reason = new AbortReason('superseded', 'a newer one');
    const directory = await lab.context({ Dockerfile: FROM });
    await expect(lab.build(directory, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('what a build prints', () => {
  test('characters cut by a chunk arrive whole, and broken UTF-8 does no harm', async () => {
    const directory = await lab.context({
      Dockerfile: `${FROM}RUN i=0; while [ $i -lt 20000 ]; do printf 'äöü€😀'; i=$((i+1)); done; printf '\\n\\377\\376 end\\n'\n`,
    });
    const { progress } = await lab.build(directory);
    const output = outputOf(progress);
    expect(output).toContain('\uFFFD\uFFFD end');
    expect(output.replaceAll('\uFFFD\uFFFD end', '')).not.toContain('\uFFFD');
  });

  test('50 MB stream through in bounded memory and whole', async () => {
    const [chunk, chunks] = [262_144, 200];
    const directory = await lab.context({
      Dockerfile: `${FROM}RUN yes "$(printf %0511d 0)" | head -c ${chunk} > /x; for i in $(seq ${chunks}); do cat /x; sleep 0.03; done\n`,
    });
    const begin = process.memoryUsage().rss;
    let [bytes, peak] = [0, 0];
    const onProgress = (progress: BuildProgress): void => {
      if (progress.kind !== 'log') return;
      bytes += progress.text.length;
      peak = Math.max(peak, process.memoryUsage().rss - begin);
    };
    const input = inputFor(directory, `large-log-${Date.now()}`);
    const image = await lab.builder.build(input, { signal: AbortSignal.timeout(100_000), onProgress });
    await image.remove();
    expect(bytes).toBe(chunk * chunks);
    expect(peak).toBeLessThan(120_000_000);
  });
});

describe('a step that prints faster than the engine can pass on', () => {
  const flood = 'yes 0123456789012345678901234567890123456789 | head -c 20000000';

  test('does not keep the build from ending well', async () => {
    const directory = await lab.context({ Dockerfile: `${FROM}RUN ${flood}\nRUN echo after\n` });
    const { image } = await lab.build(directory);
    expect(image.id).toMatch(/^sha256:/);
  });

  test('does not keep a failure from being told', async () => {
    const directory = await lab.context({ Dockerfile: `${FROM}RUN ${flood}; exit 3\n` });
    const error = await errorOf(lab.build(directory));
    expect(['BUILD_FAILED', 'BUILDER_FAILED']).toContain(error.code);
    expect(error.evidence.join('\n')).toContain('0123456789');
  });
});

describe('an engine that is not there', () => {
  test('is named with who named it and what to type', async () => {
    const absent = await openEngine({ environment: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' }, host: null });
    const builder = createBuilder({
      engine: async () => absent,
      clock: createClock(),
      logger: createSilentLogger(),
      rules: RULES,
    });
    const error = await errorOf(builder.info(AbortSignal.timeout(5_000)));
    expect(error.code).toBe('ENGINE_UNREACHABLE');
    expect(error.message).toContain('unix:///nonexistent/docker.sock (DOCKER_HOST)');
    expect(error.hint).toContain('systemctl start docker');
  });
});

async function processes(command: string): Promise<number> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.trim() === command).length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited for 20 s');
    await sleep(50);
  }
}
