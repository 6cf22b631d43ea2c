import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  isProcessAlive,
  parseProcStat,
  processState,
  readIdentity,
  type ProcessIdentity,
} from '../../src/adapters/process-identity.ts';

const STAT = '7742 (a) b (c) R 7738 7738 4562 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 0 168045 3133440 411';

describe('parseProcStat', () => {
  it.each([
    ['a program name with brackets and spaces', STAT, '168045'],
    ['a zombie', STAT.replace(' R ', ' Z '), 'ended'],
    ['text of another form', 'no such process', null],
    ['nothing', '', null],
  ])('reads %s', (_name, stat, expected) => {
    expect(parseProcStat(stat)).toBe(expected);
  });
});

describe('processState', () => {
  it('says that this process is alive', async () => {
    expect(processState(await readIdentity())).toBe('alive');
  });

  it.each<[string, Partial<ProcessIdentity>, string]>([
    ['another process that got the same id', { pidStart: '1' }, 'dead'],
    ['another boot', { bootId: 'another' }, 'unknown'],
    ['another container', { pidNamespace: 'pid:[1]' }, 'unknown'],
    ['an id that nobody has', { pid: 4_194_400 }, 'dead'],
  ])('judges %s', async (_name, change, expected) => {
    const self = await readIdentity();
    expect(processState({ ...self, ...change }, self)).toBe(expected);
  });

  it('says dead for a process that has ended, and alive for what it cannot see', async () => {
    const self = await readIdentity();
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(isProcessAlive({ ...self, pid: child.pid ?? 0, pidStart: '5' }, self)).toBe(false);
    expect(isProcessAlive({ ...self, bootId: 'another' }, self)).toBe(true);
  });
});
