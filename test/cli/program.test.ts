import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/program.ts';

async function invocation(line: string): Promise<unknown> {
  const parsed = await parseCommandLine(line.split(' ').filter(Boolean), '1.2.3');
  return parsed.kind === 'invocation' ? parsed.invocation : parsed.text;
}

describe('parseCommandLine', () => {
  it.each([
    ['xgen-core', { command: 'build', args: ['xgen-core'], flags: {} }],
    ['xgen-core --site aww --env both', { command: 'build', args: ['xgen-core'], flags: { site: 'aww', env: 'both' } }],
    ['--site aww xgen-core', { command: 'build', args: ['xgen-core'], flags: { site: 'aww' } }],
    ['xgen-core --no-deploy', { command: 'build', args: ['xgen-core'], flags: { deploy: false } }],
    ['xgen-core --deploy', { command: 'build', args: ['xgen-core'], flags: { deploy: true } }],
    ['xgen-core --no-cache', { command: 'build', args: ['xgen-core'], flags: { cache: false } }],
    ['xgen-core --no-color', { command: 'build', args: ['xgen-core'], flags: { color: false } }],
    ['plan xgen-core --switch-site', { command: 'plan', args: ['xgen-core'], flags: { switchSite: true } }],
    ['deploy xgen-core --to b41', { command: 'deploy', args: ['xgen-core'], flags: { to: 'b41' } }],
    ['rollback xgen-core', { command: 'rollback', args: ['xgen-core'], flags: {} }],
    ['promote xgen-core --from dev --to prd', { command: 'promote', args: ['xgen-core'], flags: { from: 'dev', to: 'prd' } }],
    ['logs xgen-core b42 --follow', { command: 'logs', args: ['xgen-core', 'b42'], flags: { follow: true } }],
    ['history', { command: 'history', args: [null], flags: {} }],
    ['config check', { command: 'config check', args: [], flags: {} }],
    ['config show xgen-core', { command: 'config show', args: ['xgen-core'], flags: {} }],
    ['', { command: 'build', args: [null], flags: {} }],
  ])('understands "%s"', async (line, expected) => {
    expect(await invocation(line)).toEqual(expected);
  });

  it('keeps an option of the main job from other commands', async () => {
    await expect(invocation('history --env dev')).rejects.toMatchObject({ code: 'USAGE', message: "unknown option '--env'" });
  });

  it('suggests the option that was meant', async () => {
    await expect(invocation('xgen-core --sit aww')).rejects.toMatchObject({ hint: 'Did you mean --site?' });
  });

  it.each(['build-all', 'ci generate', 'serve', 'worker', 'images export', 'gc', 'rbac'])(
    'refuses "%s", which does not exist yet, and leaves it out of the help',
    async (line) => {
      await expect(invocation(line)).rejects.toMatchObject({ code: 'NOT_BUILT_YET', exitCode: 2 });
      expect(await invocation('--help')).not.toMatch(new RegExp(`^ {2}${line.split(' ')[0] ?? ''}\\b`, 'm'));
    },
  );

  it('refuses a second service', async () => {
    await expect(invocation('a b')).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  it('prints help of a command and the version as text', async () => {
    expect(await invocation('plan --help')).toContain('what would happen and why');
    expect(await invocation('--version')).toBe('1.2.3\n');
  });
});
