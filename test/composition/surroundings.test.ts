import { describe, expect, it } from 'vitest';
import { readSurroundings } from '../../src/composition/surroundings.ts';

const BASE = { flags: {}, environment: { HOME: '/home/jiwon', USER: 'jiwon' }, cwd: '/infra', isTerminal: false };

describe('readSurroundings', () => {
  it('has a default for every folder', () => {
    expect(readSurroundings(BASE)).toMatchObject({
      configDir: '/infra/config',
      stateDir: '/home/jiwon/.local/state/xgen-build',
      cacheDir: '/home/jiwon/.cache/xgen-build',
      dockerConfigDir: '/home/jiwon/.docker',
      output: 'text',
      progress: 'plain',
      color: false,
    });
  });

  it.each([{ HOME: '' }, { HOME: 'here' }, {}])(
    'never takes %o for a reason to write into the working folder',
    (home) => {
      const environment = { ...home, XDG_STATE_HOME: '', XDG_CACHE_HOME: 'cache' };
      const { stateDir, cacheDir, dockerConfigDir } = readSurroundings({ ...BASE, environment });
      for (const folder of [stateDir, cacheDir, dockerConfigDir]) expect(folder).not.toMatch(/^\/infra/);
    },
  );

  it('lets flags win over variables', () => {
    const environment = { ...BASE.environment, XGEN_CONFIG_DIR: '/a', XGEN_STATE_DIR: '/b', XGEN_OUTPUT: 'json' };
    expect(readSurroundings({ ...BASE, environment })).toMatchObject({
      configDir: '/a',
      stateDir: '/b',
      output: 'json',
    });
    const flags = { config: '/c', state: 'd', output: 'text' };
    expect(readSurroundings({ ...BASE, environment, flags })).toMatchObject({
      configDir: '/c',
      stateDir: '/infra/d',
      output: 'text',
    });
  });

  it.each([
    [{ isTerminal: true }, 'tty', true],
    [{ isTerminal: true, environment: { TERM: 'dumb' } }, 'plain', false],
    [{ isTerminal: true, environment: { NO_COLOR: '1' } }, 'tty', false],
    [{ isTerminal: true, flags: { color: false } }, 'tty', false],
    [{ environment: { FORCE_COLOR: '1' } }, 'plain', true],
    [{ flags: { progress: 'quiet' }, isTerminal: true }, 'quiet', false],
  ] as const)('chooses progress and colour for %o', (given, progress, color) => {
    expect(readSurroundings({ ...BASE, ...given })).toMatchObject({ progress, color });
  });

  it('refuses a value that is not one of its choices', () => {
    expect(() => readSurroundings({ ...BASE, flags: { output: 'xml' } })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: '--output is "xml", which is not one of text, json' }),
    );
  });

  it('names who started it by the CI first, without signs that could break a line', () => {
    const environment = { ...BASE.environment, GITLAB_USER_LOGIN: 'minji\nroot' };
    expect(readSurroundings({ ...BASE, environment }).startedBy).toMatch(/^minji_root@/);
    expect(readSurroundings(BASE).startedBy).toMatch(/^jiwon@/);
  });
});
