import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Infra } from '../../lab/lab.ts';
import { useLab } from '../../lab/use-lab.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/xgen-build', import.meta.url));
const TOKEN = 'glpat-Zk3xYt9QwLmN7rBv/+=x';
const DOCKERFILE = `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
COPY . .
RUN --mount=type=secret,id=token sh show.sh /run/secrets/token && exit 3
`;
/** Raw, in two chunks, in base64 as one and broken over so many lines that the beginning scrolls out of the tail. */
const SHOW = `cat $1; echo
head -c 9 $1; sleep 0.3; tail -c +10 $1; echo
{ printf 'user:'; cat $1; } | base64
for i in 1 2 3; do cat $1 $1 $1; done | base64 | tr -d '\\n' | fold -w 11; echo
`;

async function textOfState(infra: Infra): Promise<string> {
  const files = await readdir(infra.stateDirectory, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
  );
  return texts.join('\n');
}

function partsOfBase64(text: string): readonly string[] {
  return Buffer.from(text.repeat(3)).toString('base64').match(/.{11}/g) ?? [];
}

describe('a step that prints its secret and fails', () => {
  it('shows it in no form: not in the result, the log, the error or the state', async () => {
    const secrets = [{ id: 'token', env: 'LAB_TOKEN' }];
    const infra = await useLab().freshInfra({ services: { services: { 'xgen-core': { secrets } } } });
    await writeFile(join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local'), DOCKERFILE);
    await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'show.sh': SHOW }, message: 'Show it' });
    const environment = { LAB_TOKEN: TOKEN };
    const run = await infra.run(['xgen-core', '--no-deploy', '--output', 'json', '--verbose'], { environment });
    expect(run).toMatchObject({ exitCode: 1 });
    expect(run.json()).toMatchObject({ status: 'failed', error: { code: 'BUILD_FAILED', stage: 'build' } });
    const { stdout } = await infra.run(['logs', 'xgen-core']);
    for (const text of [run.stdout, run.stderr, stdout, await textOfState(infra)]) {
      expect(text).toContain('***');
      for (const shown of [TOKEN, TOKEN.slice(9), ...partsOfBase64(TOKEN)]) expect(text).not.toContain(shown);
    }
  });
});

describe('a reader of the log that goes away', () => {
  it('does not end the build', async () => {
    const infra = await useLab().freshInfra();
    const child = spawn(PROGRAM, ['xgen-core', '--no-deploy', '--output', 'json'], {
      cwd: infra.root,
      env: { PATH: process.env['PATH'], ...infra.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.once('data', () => child.stderr.destroy());
    const [exitCode] = await once(child, 'close');
    expect(exitCode).toBe(0);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ status: 'succeeded', attempts: [] });
  });
});

describe('a build argument that is a secret by its name', () => {
  it.each([
    ['plan', 'xgen-core'],
    ['config', 'show', 'xgen-core'],
    ['config', 'show'],
  ])('is not shown by %s %s', async (...args) => {
    const infra = await useLab().freshInfra({ project: { build: { args: { NPM_TOKEN: TOKEN } } } });
    const run = await infra.run([...args, '--output', 'json']);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('"NPM_TOKEN": "***"');
    expect(run.stdout + run.stderr).not.toContain(TOKEN);
  });
});
