import { describe, expect, it } from 'vitest';
import {
  decideClaim,
  MOST_ATTEMPTS,
  supersededIds,
  type RunningBuild,
  type WaitingClaim,
} from '../../../src/adapters/store-sqlite/claim-decision.ts';

const asking: WaitingClaim = {
  id: 'new',
  command: 'build',
  parametersKey: 'a',
  trigger: 'automatic',
  startedBy: 'push 2',
  askedAt: '2026-03-09T10:00:00Z',
  supersededBy: null,
};
const older: WaitingClaim = { ...asking, id: 'old', startedBy: 'push 1' };
const running: RunningBuild = {
  id: 'r',
  command: 'build',
  parametersKey: 'a',
  attempt: 1,
  number: 7,
  startedBy: 'jiwon',
  startedAt: '2026-03-09T09:00:00Z',
  isAlive: true,
};

describe('supersededIds', () => {
  it.each<[string, Partial<WaitingClaim>, Partial<WaitingClaim>, readonly string[]]>([
    ['both automatic with equal parameters', {}, {}, ['old']],
    ['the older one is a person’s', { trigger: 'person' }, {}, []],
    ['the newer one is a person’s', {}, { trigger: 'person' }, []],
    ['both are a person’s', { trigger: 'person' }, { trigger: 'person' }, []],
    ['other parameters', { parametersKey: 'b' }, {}, []],
    ['another command', { command: 'deploy' }, {}, []],
    ['the older one was replaced already', { supersededBy: 'push 0' }, {}, []],
  ])('%s', (...[, changeOlder, changeNewer, expected]) => {
    const newer = { ...asking, ...changeNewer };
    expect(supersededIds(newer, [{ ...older, ...changeOlder }, newer])).toEqual(expected);
  });
});

describe('decideClaim', () => {
  const dead = { ...running, isAlive: false };
  it.each([
    ['nobody is there', { line: [asking], running: null }, { kind: 'start', lostBuildId: null }],
    ['one runs', { line: [asking], running }, { kind: 'busy', startedBy: 'jiwon', number: 7 }],
    ['somebody asked before', { line: [older, asking], running: null }, { kind: 'busy', startedBy: 'push 1' }],
    ['somebody asked before a dead one', { line: [older, asking], running: dead }, { kind: 'busy' }],
    [
      'who asked before was replaced',
      { line: [{ ...older, supersededBy: 'push 2' }, asking], running: null },
      { kind: 'start' },
    ],
    ['the same work died', { line: [asking], running: dead }, { kind: 'take-over', buildId: 'r', attempt: 2 }],
    [
      'other work died',
      { line: [asking], running: { ...dead, parametersKey: 'b' } },
      { kind: 'start', lostBuildId: 'r' },
    ],
    ['another command died', { line: [asking], running: { ...dead, command: 'deploy' as const } }, { kind: 'start' }],
    [
      'it died too often',
      { line: [asking], running: { ...dead, attempt: MOST_ATTEMPTS } },
      { kind: 'start', lostBuildId: 'r' },
    ],
  ])('%s', (_name, world, expected) => {
    expect(decideClaim({ asking, ...world })).toMatchObject(expected);
  });

  it('says who took the place of a claim, before anything else', () => {
    const replaced = { ...asking, supersededBy: 'push 3' };
    expect(decideClaim({ asking: replaced, line: [replaced], running: null })).toEqual({
      kind: 'superseded',
      by: 'push 3',
    });
  });
});
