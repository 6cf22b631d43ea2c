import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useLab } from '../../lab/use-lab.ts';
import { build, expectRuns, tagsOf } from './scene.ts';

/** What was wrong with the pipeline that this program replaces, each as a test of the whole command. */
describe('the old defects', () => {
  it('3: a number that is in the registry is never written again, whoever counts', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    const first = await build(infra, ['xgen-core', '--no-deploy']);
    const other = { environment: { XGEN_STATE_DIR: `${infra.stateDirectory}-of-another-machine` } };
    const second = await build(infra, ['xgen-core', '--no-deploy', '--no-cache'], other);
    expect(second.number).toBe(2);
    const again = await infra.run(['xgen-core', '--no-deploy', '--number', '2', '--output', 'json']);
    expect(again.exitCode).toBe(2);
    expect(again.stdout).toContain('NUMBER_TAKEN');
    const tags = await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core'));
    expect(tags['b1-amd64']).toBe(first.digest);
    expect(tags['b2-amd64']).toBe(second.digest);
  });

  it('4: a build after a rollback ends only when what was pushed is what runs', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    await build(infra, ['xgen-core']);
    await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': 'two\n' }, message: 'Two' });
    await build(infra, ['xgen-core']);
    expect((await infra.run(['rollback', 'xgen-core', '--env', 'dev'])).exitCode).toBe(0);
    await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': 'three\n' }, message: 'Three' });
    const third = await build(infra, ['xgen-core']);
    await expectRuns(lab, infra, { digest: third.digest, envs: ['dev'] });
    expect(await infra.ask('dev', 'xgen-core')).toBe('three\n');
  });

  it('6: an image of another architecture is never pushed under its name', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    const result = await build(infra, ['xgen-core', '--arch', 'arm64', '--no-deploy'], { exitCode: 1 });
    expect(result.error?.code).toBe('BASE_IMAGE_PLATFORM');
    expect(await tagsOf(lab, 'nexus', infra.repository('main', 'xgen-core'))).toEqual({});
  });

  it('9: a build that failed leaves no image in the engine', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra({ services: { services: { 'xgen-core': { target: 'no-such-stage' } } } });
    await build(infra, ['xgen-core', '--no-deploy'], { exitCode: 1 });
    const images = (await lab.engine.api('GET', '/images/json')) as { RepoTags: string[] | null }[];
    expect(JSON.stringify(images)).not.toContain(infra.project);
  });

  it('11: local images of two sites do not overwrite one another where the path has the site', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra({ project: { registry: { local: { includeSite: true } } } });
    for (const site of ['main', 'lotteimall'])
      await build(infra, ['xgen-core', '--registry', 'local', '--site', site, '--no-deploy']);
    for (const site of ['main', 'lotteimall'])
      expect(Object.keys(await tagsOf(lab, 'local', infra.repository(site, 'xgen-core')))).toContain('latest-amd64');
  });

  it('12: no login is written into a home folder', async () => {
    const infra = await useLab().freshInfra();
    await build(infra, ['xgen-core', '--no-deploy']);
    expect(readdirSync(`${infra.root}/..`)).not.toContain('.docker');
  });

  it('13: a later environment that follows the same moving tag is warned of', async () => {
    const kubernetes = (ip: string) => ({ target: 'kubernetes', docker: undefined, server: { ip, kubeconfig: '' } });
    const infra = await useLab().freshInfra({
      environments: { environments: { dev: kubernetes('192.168.2.244'), prd: kubernetes('192.168.2.243') } },
    });
    const check = await infra.run(['config', 'check']);
    expect(check.exitCode, check.stderr).toBe(0);
    expect(check.stdout).toMatch(/prd follows the moving tag/);
  });

  it('15: what is rolled out is the image that was built, also under another tag', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    await build(infra, ['xgen-core']);
    await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': 'hotfix\n' }, message: 'Fix' });
    const result = await build(infra, ['xgen-core', '--tag', 'hotfix']);
    await expectRuns(lab, infra, { digest: result.digest, envs: ['dev'] });
    expect(await infra.ask('dev', 'xgen-core')).toBe('hotfix\n');
  });

  it('16: the rollback line names what ran before', async () => {
    const infra = await useLab().freshInfra();
    const first = await build(infra, ['xgen-core']);
    expect(first.rollouts[0]?.rollbackCommand).toBeNull();
    await infra.commit({ service: 'xgen-core', branch: 'main', files: { 'www/health': 'two\n' }, message: 'Two' });
    const second = await build(infra, ['xgen-core']);
    expect(second.rollouts[0]?.rollbackCommand).toContain('--to b1');
  });

  it('17: whose code runs changes only where that was said', async () => {
    const lab = useLab();
    const infra = await lab.freshInfra();
    const first = await build(infra, ['xgen-core', '--site', 'main']);
    const refused = await infra.run(['xgen-core', '--site', 'lotteimall', '--output', 'json']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stdout).toContain('SITE_MISMATCH');
    await expectRuns(lab, infra, { digest: first.digest, envs: ['dev'] });
    expect(await tagsOf(lab, 'nexus', infra.repository('lotteimall', 'xgen-core'))).toEqual({});
    const switched = await build(infra, ['xgen-core', '--site', 'lotteimall', '--switch-site']);
    await expectRuns(lab, infra, { digest: switched.digest, envs: ['dev'] });
  });
});
