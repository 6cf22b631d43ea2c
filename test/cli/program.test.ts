import { describe, expect, it } from 'vitest';
import { COMMAND_WORDS } from '../../src/cli/invocation.ts';
import { parseCommandLine } from '../../src/cli/program.ts';
import { withCommandMeant } from '../../src/cli/usage-error.ts';
import { UsageError } from '../../src/errors/xgen-error.ts';

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
    [
      'promote xgen-core --from dev --to prd',
      { command: 'promote', args: ['xgen-core'], flags: { from: 'dev', to: 'prd' } },
    ],
    ['logs xgen-core b42 --follow', { command: 'logs', args: ['xgen-core', 'b42'], flags: { follow: true } }],
    ['history', { command: 'history', args: [null], flags: {} }],
    ['heal-stats --limit 50', { command: 'heal-stats', args: [null], flags: { limit: '50' } }],
    ['config check', { command: 'config check', args: [], flags: {} }],
    ['config show xgen-core', { command: 'config show', args: ['xgen-core'], flags: {} }],
    ['', { command: 'build', args: [null], flags: {} }],
  ])('understands "%s"', async (line, expected) => {
    expect(await invocation(line)).toEqual(expected);
  });

  it('keeps an option of the main job from other commands', async () => {
    await expect(invocation('history --env dev')).rejects.toMatchObject({
      code: 'USAGE',
      message: 'unknown option "--env"',
    });
  });

  it('suggests the option that was meant', async () => {
    await expect(invocation('xgen-core --sit aww')).rejects.toMatchObject({ hint: 'did you mean --site?' });
  });

  it.each(['ci generate', 'serve', 'worker', 'images export'])(
    'refuses "%s", which does not exist yet, and leaves it out of the help',
    async (line) => {
      await expect(invocation(line)).rejects.toMatchObject({ code: 'NOT_BUILT_YET', exitCode: 2 });
      expect(await invocation('--help')).not.toMatch(new RegExp(`^ {2}${line.split(' ')[0] ?? ''}\\b`, 'm'));
    },
  );

  it.each([
    ['xgen-core lotteimall', 'too many arguments: lotteimall', 'by --site NAME'],
    ['config check xgen-core', 'too many arguments: xgen-core', '--config DIR'],
    ['xgen-core --site', '--site needs a value', '--site NAME'],
    ['promote xgen-core --env prd', 'unknown option "--env"', 'xgen-build promote --help lists its options'],
    ['config show --env prd', 'unknown option "--env"', 'xgen-build config show --help lists its options'],
    ['xgen-core --frobnicate', 'unknown option "--frobnicate"', 'xgen-build --help lists'],
    ['config', '"config" is not a whole command', 'xgen-build config check'],
    ['config chek', 'unknown command "chek"', 'did you mean check?'],
  ])('says of "%s" what to type', async (line, message, hint) => {
    const expected = { code: 'USAGE', exitCode: 2, message, hint: expect.stringContaining(hint) };
    await expect(invocation(line)).rejects.toMatchObject(expected);
  });

  it('takes an unknown service for the command that was meant, where one is close', () => {
    const unknown = new UsageError({ code: 'UNKNOWN_SERVICE', message: 'no "x"', hint: 'services.yaml has a' });
    const typed = (service: string) => ({ command: 'build', args: [service], flags: {} }) as const;
    expect(withCommandMeant(unknown, typed('statsu'), COMMAND_WORDS)).toMatchObject({
      code: 'UNKNOWN_SERVICE',
      hint: 'did you mean the command status? services.yaml has a',
    });
    expect(withCommandMeant(unknown, typed('xgen-cor'), COMMAND_WORDS)).toBe(unknown);
    const rollback = { ...typed('statsu'), command: 'rollback' } as const;
    expect(withCommandMeant(unknown, rollback, COMMAND_WORDS)).toBe(unknown);
  });

  it.each(['--help', 'plan --help', 'promote --help', 'config --help'])(
    'keeps "%s" within 80 columns',
    async (line) => {
      const text = String(await invocation(line));
      expect(Math.max(...text.split('\n').map((each) => each.length))).toBeLessThanOrEqual(80);
    },
  );

  it('prints help of a command and the version as text', async () => {
    expect(await invocation('plan --help')).toContain('what would happen and why');
    expect(await invocation('help plan')).toBe(await invocation('plan --help'));
    expect(await invocation('--version')).toBe('1.2.3\n');
  });
});
