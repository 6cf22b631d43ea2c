import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../../src/commands/doctor.ts';
import { useLab } from '../../lab/use-lab.ts';
import type { Infra } from '../../lab/lab.ts';

interface Visit {
  readonly exitCode: number;
  readonly text: string;
  readonly findings: readonly Finding[];
}

async function visit(infra: Infra, environment: Readonly<Record<string, string | undefined>> = {}): Promise<Visit> {
  const run = await infra.run(['doctor', '--output', 'json'], { environment });
  const { findings } = run.json() as { findings?: readonly Finding[] };
  if (findings === undefined) throw new Error(`doctor examined nothing: ${run.stdout}${run.stderr}`);
  return { exitCode: run.exitCode, text: run.stdout + run.stderr, findings };
}

function named({ findings }: Visit, name: string): Finding | undefined {
  return findings.find((finding) => finding.name === name);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

describe('doctor', () => {
  it('logs in everywhere, finds all well, and changes nothing', async () => {
    const infra = await useLab().freshInfra();
    const { registries, git } = useLab();
    const healthy = await visit(infra);
    expect(healthy.findings.filter(({ status }) => status === 'error')).toEqual([]);
    expect(healthy.exitCode).toBe(0);
    expect(named(healthy, 'registry nexus')?.detail).toBe(
      `${registries.nexus.host} takes the login nexus-credentials (from environment XGEN_CREDENTIAL_NEXUS_CREDENTIALS)`,
    );
    expect(named(healthy, 'source')?.detail).toContain(
      'takes the login gitlab-credentials (from environment XGEN_CREDENTIAL_GITLAB_CREDENTIALS)',
    );
    expect(named(healthy, 'target prd')?.detail).toContain('is not there yet; the first rollout makes it');
    for (const secret of [git.password, registries.nexus.password, registries.aww.password]) {
      expect(healthy.text).not.toContain(secret);
    }
    expect(await isThere(infra.stateDirectory)).toBe(false);
    expect(await isThere(join(infra.cacheDirectory, 'mirrors'))).toBe(false);
  });

  it('names each login that is refused or not there, and the others are looked at', async () => {
    const infra = await useLab().freshInfra();
    const sick = await visit(infra, {
      XGEN_CREDENTIAL_NEXUS_CREDENTIALS: 'ci:not-the-password',
      XGEN_CREDENTIAL_AWW_NEXUS_CREDENTIALS: undefined,
      XGEN_CREDENTIAL_GITLAB_CREDENTIALS: 'git-reader:not-the-token',
    });
    expect(sick.exitCode).toBe(1);
    expect(named(sick, 'registry nexus')).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('refused the login of "nexus-credentials"') as string,
      fix: expect.stringContaining(`docker login ${useLab().registries.nexus.host}`) as string,
    });
    expect(named(sick, 'registry aww')).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('no login for credentialId "aww-nexus-credentials"') as string,
      fix: expect.stringContaining('XGEN_CREDENTIAL_AWW_NEXUS_CREDENTIALS') as string,
    });
    expect(named(sick, 'source')).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('credentialId "gitlab-credentials"') as string,
    });
    expect(named(sick, 'registry local')).toMatchObject({ status: 'ok' });
    expect(named(sick, 'engine')).toMatchObject({ status: 'ok' });
    for (const secret of ['not-the-password', 'not-the-token']) expect(sick.text).not.toContain(secret);
  });

  it('says where the engine was looked for, for builds and for targets', async () => {
    const socket = 'unix:///nowhere/docker.sock';
    const infra = await useLab().freshInfra({ environments: { environments: { prd: { docker: { host: socket } } } } });
    const sick = await visit(infra, { DOCKER_HOST: socket });
    expect(sick.exitCode).toBe(1);
    for (const name of ['engine', 'target prd']) {
      expect(named(sick, name)).toMatchObject({
        status: 'error',
        detail: expect.stringContaining(socket) as string,
        fix: expect.stringContaining('systemctl start docker') as string,
      });
    }
    expect(named(sick, 'target dev')).toMatchObject({ status: 'ok' });
  });

  it('says what installs git where there is none', async () => {
    const infra = await useLab().freshInfra();
    const empty = await mkdtemp(join(tmpdir(), 'xgen-no-git-'));
    onTestFinished(() => rm(empty, { recursive: true }));
    const sick = await visit(infra, { PATH: empty });
    expect(named(sick, 'git')).toMatchObject({ status: 'error', fix: 'sudo apt-get install git' });
  });

  it('prints nothing wider than 80 columns', async () => {
    const infra = await useLab().freshInfra();
    const { stdout } = await infra.run(['doctor'], { environment: { XGEN_CREDENTIAL_NEXUS_CREDENTIALS: undefined } });
    expect(stdout).toMatch(/\n\d+ ok, 0 warnings, 1 error\n$/);
    // A path or a word of a log has no place to be broken at.
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
