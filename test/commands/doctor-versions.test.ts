import { expect, it } from 'vitest';
import { isAtLeast, judgeEngine, judgeGit, judgeNode, parseVersion } from '../../src/commands/doctor-versions.ts';

it.each([
  ['2.39.5', [2, 39, 5]],
  ['v24.15.0', [24, 15, 0]],
  ['20.10.24+dfsg1', [20, 10, 24]],
  ['dev', null],
  ['', null],
])('reads %j', (text, version) => {
  expect(parseVersion(text)).toEqual(version);
});

it.each([
  [[2, 32], [2, 32, 0], true],
  [[2, 9], [2, 32], false],
  [[3], [2, 32], true],
  [[2, 32], [2, 32, 1], false],
])('compares %j with %j', (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});

it.each([
  ['22.22.2', 'refused'],
  ['22.22.3', 'ok'],
  ['22.23.0', 'ok'],
  ['23.11.0', 'refused'],
  ['24.14.9', 'refused'],
  ['24.15.0', 'ok'],
  ['26.0.0', 'ok'],
  ['20.19.5', 'refused'],
])('takes the Node versions that package.json names: %s is %s', (version, verdict) => {
  expect(judgeNode(version)).toBe(verdict);
});

it.each([
  ['2.31.8', 'refused'],
  ['2.32.0', 'ok'],
  ['2.39.5', 'ok'],
  ['3.0.0', 'ok'],
  ['2.9.9', 'refused'],
])('takes git from 2.32 on: %s is %s', (version, verdict) => {
  expect(judgeGit(version)).toBe(verdict);
});

it.each([
  ['docker 17.12.1-ce', 'refused'],
  ['docker 18.09.0', 'old'],
  ['docker 19.03.15', 'old'],
  ['docker 20.10.24+dfsg1', 'ok'],
  ['docker 28.0.0-rc.1', 'ok'],
  ['docker 0.0.0-20260101120000-abcdef', null],
  ['docker dev', null],
])('takes engines from 20.10 on: %s is %s', (version, verdict) => {
  expect(judgeEngine(version)).toBe(verdict);
});
