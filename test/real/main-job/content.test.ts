import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { longLogStep } from '../../lab/services.ts';
import { useLab } from '../../lab/use-lab.ts';
import { build, gitStatus, textOfAll } from './scene.ts';
import type { Infra } from '../../lab/lab.ts';

const DOCKERFILE = 'dockerfiles/xgen-python/Dockerfile.local';

async function writeDockerfile(infra: Infra, lines: readonly string[]): Promise<void> {
  await writeFile(join(infra.root, DOCKERFILE), ['ARG BASE_IMAGE', 'FROM ${BASE_IMAGE}', ...lines, ''].join('\n'));
}

it('sends files with spaces, line breaks and umlauts in their names', async () => {
  const infra = await useLab().freshInfra();
  await infra.commit({
    service: 'xgen-core',
    branch: 'main',
    files: {
      'odd/with space': 'a',
      'odd/line\nbreak': 'b',
      'odd/Übergröße': 'c',
      'odd/"quoted"': 'd',
      'odd/한글': 'e',
    },
    message: 'Add odd names',
  });
  await writeDockerfile(infra, [
    'COPY odd /odd',
    'RUN test "$(cat /odd/* | wc -c)" = 5 && test "$(cat /odd/한글)" = e',
  ]);
  const result = await build(infra, ['xgen-core', '--no-deploy']);
  expect(result.status).toBe('succeeded');
});

it('takes a repository of 20,000 files, and again only what changed', async () => {
  const infra = await useLab().freshInfra();
  const files = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`many/${index % 100}/${index}`, `file ${index}\n`]),
  );
  await infra.commit({ service: 'xgen-core', branch: 'main', files, message: 'Add 20,000 files' });
  await writeDockerfile(infra, ['COPY many /many', 'RUN test "$(find /many -type f | wc -l)" = 20000']);
  await build(infra, ['xgen-core', '--no-deploy']);
  await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'many/7/7': 'changed\n' }, message: 'Change' });
  await writeDockerfile(infra, ['COPY many /many', 'RUN test "$(cat /many/7/7)" = changed']);
  const result = await build(infra, ['xgen-core', '--no-deploy']);
  expect(result.status).toBe('succeeded');
});

it('keeps a log of 50 MB and broken UTF-8 whole', { timeout: 300_000 }, async () => {
  const infra = await useLab().freshInfra();
  await writeDockerfile(infra, ["RUN printf 'broken \\377\\376 bytes\\n'", longLogStep(50), 'RUN echo the last line']);
  const result = await build(infra, ['xgen-core', '--no-deploy'], { limitMs: 240_000 });
  const logs = await infra.run(['logs', 'xgen-core', `b${result.number}`]);
  const words = logs.stdout + logs.stderr;
  expect(words.length).toBeGreaterThan(50_000_000);
  for (const part of ['broken \uFFFD\uFFFD bytes', 'part 1\n', 'part 400\n', 'part 800\n', 'the last line'])
    expect(words.includes(part), part).toBe(true);
});

describe('secrets', () => {
  const secret = 's3cr3t/with+signs=and "quotes"';

  it('are nowhere to be read, in whatever form the build prints them', async () => {
    const infra = await useLab().freshInfra({
      project: { build: { secrets: [{ id: 'token', env: 'LAB_TOKEN' }] } },
    });
    const mount = 'RUN --mount=type=secret,id=token';
    await writeDockerfile(infra, [
      `${mount} cat /run/secrets/token && echo`,
      `${mount} base64 /run/secrets/token`,
      `${mount} (printf 'user:'; cat /run/secrets/token) | base64`,
      `${mount} for part in 1 2 3; do head -c 12 /run/secrets/token; sleep 0.2; tail -c +13 /run/secrets/token; echo; done`,
      `${mount} (cat /run/secrets/token; echo; exit 9)`,
    ]);
    const run = await infra.run(['xgen-core', '--no-deploy', '--output', 'json', '--verbose'], {
      environment: { LAB_TOKEN: secret },
    });
    expect(run.exitCode).toBe(1);
    const forms = [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      Buffer.from(`user:${secret}`).toString('base64').slice(8, -4),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ];
    const all = run.stdout + run.stderr + textOfAll(infra.stateDirectory);
    for (const form of forms) expect(all).not.toContain(form);
    expect(run.stderr).toContain('***');
  });

  it('of registries and of the git server are in no file, no argument and no image', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    await build(infra, ['xgen-core', '--env', 'dev']);
    const kept = textOfAll(infra.stateDirectory) + textOfAll(infra.cacheDirectory);
    for (const { password } of [lab.registries.nexus, lab.git]) {
      expect(kept).not.toContain(password);
      expect(kept).not.toContain(Buffer.from(password).toString('base64'));
    }
    const container = await lab.engine.api('GET', `/containers/${infra.containerName('dev', 'xgen-core')}/json`);
    expect(JSON.stringify(container)).not.toContain(lab.registries.nexus.password);
  });

  it('with a line break at their end work, and one in their middle is refused', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    const { username, password } = lab.registries.nexus;
    const ends = { XGEN_CREDENTIAL_NEXUS_CREDENTIALS: `${username}:${password}\n` };
    await build(infra, ['xgen-core', '--no-deploy'], { environment: ends });
    const run = await infra.run(['xgen-core', '--no-deploy', '--output', 'json'], {
      environment: { XGEN_CREDENTIAL_NEXUS_CREDENTIALS: `${username}:two\nlines` },
    });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toContain('CREDENTIAL_INVALID');
    expect(run.stdout + run.stderr).not.toContain('two\nlines');
  });
});

it('leaves the infra repository and its own work tree as they were', async () => {
  const infra = await useLab().freshInfra();
  await build(infra, ['xgen-core', '--no-deploy']);
  expect(await gitStatus(infra.root)).toBe('');
});
