import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import { build, containersOf, expectRuns, tagsOf } from './scene.ts';

describe('a new image that does not run', () => {
  const bad = {
    'crashes at its start': {
      files: { 'start.sh': 'echo "KeyError: \'REDIS_HOST\'" >&2\nexit 1\n' },
      code: 'ROLLOUT_EXITED',
      evidence: 'REDIS_HOST',
    },
    'never gets healthy': {
      files: {
        'www/health': null,
        'start.sh': 'echo "waiting for the database"\nexec httpd -f -p 8000 -h /srv/app/www\n',
      },
      code: 'ROLLOUT_UNHEALTHY',
      evidence: 'waiting for the database',
    },
  } as const;

  for (const [name, { files, code, evidence }] of Object.entries(bad))
    it(`brings back the one before where it ${name}, and does not touch prd`, async () => {
      const lab = useLab();
      const infra = await lab.freshInfra({
        environments: { environments: { dev: { rollout: { timeout: '4s', onFailure: 'fail' } } } },
      });
      const first = await build(infra, ['xgen-core', '--env', 'both']);
      await infra.commit({ service: 'xgen-core', branch: 'main', files, message: 'Break it' });

      const second = await build(infra, ['xgen-core', '--env', 'both'], { exitCode: 1 });

      expect(second).toMatchObject({ status: 'failed', number: 2, error: { code, stage: 'rollout dev' } });
      expect(second.rollouts).toMatchObject([
        { env: 'dev', status: 'rolled-back', error: { code } },
        { env: 'prd', status: 'not-started' },
      ]);
      expect(second.rollouts[0]?.error?.evidence.join('\n')).toContain(evidence);
      await expectRuns(lab, infra, { digest: first.digest, envs: ['dev', 'prd'] });
      expect(await infra.ask('dev', 'xgen-core')).toBe('xgen-core main 1\n');
    });

  it('ends with 3 where a failed rollout is only a warning', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra({
      environments: { environments: { dev: { rollout: { timeout: '3s', onFailure: 'warn' } } } },
    });
    await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'start.sh': 'exit 7\n' }, message: 'Break' });
    const result = await build(infra, ['xgen-core', '--env', 'both'], { exitCode: 1 });
    expect(result.rollouts[1]).toMatchObject({ env: 'prd', status: 'not-started' });
    const alone = await build(infra, ['xgen-core', '--env', 'dev', '--rebuild'], { exitCode: 3 });
    expect(alone.status).toBe('unstable');
    expect((await containersOf(lab, infra)).filter(({ state }) => state === 'running')).toEqual([]);
  });
});

it('shows the last lines, the exit code and the line of a step that failed, and leaves the moving tag alone', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra();
  const first = await build(infra, ['xgen-core', '--no-deploy']);
  const dockerfile = join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local');
  const text = `ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\nCOPY . .\nRUN echo "no matching version of left-pad" && exit 42\n`;
  await writeFile(dockerfile, text);

  const second = await build(infra, ['xgen-core', '--no-deploy'], { exitCode: 1 });

  expect(second.error).toMatchObject({ code: 'BUILD_FAILED', stage: 'build' });
  const words = JSON.stringify(second.error);
  expect(words).toContain('no matching version of left-pad');
  expect(words).toContain('42');
  expect(await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core'))).toEqual({
    'b1-amd64': first.digest,
    'latest-amd64': first.digest,
  });
});

it("says which credentialId a site's own registry refused, before anything is built", async () => {
  const infra = await useLab().freshInfra();
  const result = await build(infra, ['xgen-core', '--site', 'aww'], {
    exitCode: 1,
    environment: { XGEN_CREDENTIAL_AWW_NEXUS_CREDENTIALS: 'aww-pusher:not-the-password' },
  });
  expect(result.error).toMatchObject({ code: 'REGISTRY_LOGIN_REFUSED', stage: 'check' });
  const words = JSON.stringify(result);
  expect(words).toContain('aww-nexus-credentials');
  expect(words).toContain('XGEN_CREDENTIAL_AWW_NEXUS_CREDENTIALS');
  expect(words).not.toContain('not-the-password');
  expect(result.number).toBeNull();
});

it('says which credentialId the git server refused', async () => {
  const infra = await useLab().freshInfra();
  const result = await build(infra, ['xgen-core'], {
    exitCode: 1,
    environment: { XGEN_CREDENTIAL_GITLAB_CREDENTIALS: 'git-reader:wrong-secret' },
  });
  expect(result.error?.code).toBe('SOURCE_LOGIN_REFUSED');
  expect(JSON.stringify(result)).toContain('gitlab-credentials');
  expect(JSON.stringify(result)).not.toContain('wrong-secret');
});

it('names the three places where a login was looked for', async () => {
  const infra = await useLab().freshInfra();
  const run = await infra.run(['xgen-core', '--output', 'json'], {
    environment: { XGEN_CREDENTIAL_NEXUS_CREDENTIALS: undefined },
  });
  expect(run.exitCode).toBe(2);
  const words = run.stdout + run.stderr;
  expect(words).toContain('CREDENTIAL_MISSING');
  expect(words).toContain('XGEN_CREDENTIAL_NEXUS_CREDENTIALS');
  expect(words).toContain('XGEN_CREDENTIALS_DIR');
});

it('names the branches that are there where the branch of the site is missing', async () => {
  const infra = await useLab().freshInfra({ project: { sites: ['main', 'lotteimall', 'aww', 'hyundai'] } });
  const result = await build(infra, ['xgen-core', '--site', 'hyundai', '--no-deploy'], { exitCode: 1 });
  expect(result.error?.code).toBe('BRANCH_MISSING');
  const words = JSON.stringify(result.error);
  for (const branch of ['main', 'lotteimall', 'aww']) expect(words).toContain(branch);
});

it('tells a repository that is missing from one that is empty', async () => {
  const lab = useLab();
  const infra = await lab.freshInfra({ services: { services: { 'xgen-core': { repo: 'no-such-repo' } } } });
  const missing = await build(infra, ['xgen-core', '--no-deploy'], { exitCode: 1 });
  expect(missing.error?.code).toBe('REPOSITORY_MISSING');
  const { makeRepository } = await import('../../lab/repositories.ts');
  await makeRepository(join(lab.directory, 'git', infra.group, 'no-such-repo.git'));
  const empty = await build(infra, ['xgen-core', '--no-deploy'], { exitCode: 1 });
  expect(empty.error?.code).toBe('REPOSITORY_EMPTY');
});

it('refuses a Dockerfile that is missing, and one outside the infra root', async () => {
  const infra = await useLab().freshInfra();
  await rm(join(infra.root, 'dockerfiles/xgen-python/Dockerfile.local'));
  const missing = await infra.run(['xgen-core', '--no-deploy', '--output', 'json']);
  expect(missing.exitCode, missing.stderr).toBe(2);
  expect(missing.stdout).toContain('DOCKERFILE_MISSING');
  const outside = await useLab().freshInfra({
    services: { services: { 'xgen-core': { dockerfile: '../../etc/Dockerfile' } } },
  });
  const run = await outside.run(['xgen-core', '--no-deploy', '--output', 'json']);
  expect(run.exitCode).toBe(2);
  expect(run.stdout).toMatch(/PATH_OUTSIDE_ROOT|CONFIG_INVALID/);
});
