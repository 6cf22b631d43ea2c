import { describe, expect, it } from 'vitest';
import { innerPathProblem, machinePathProblem, normalizeInnerPath } from '../../src/values/paths.ts';

describe('innerPathProblem', () => {
  it.each(['dockerfiles/xgen-core/Dockerfile', './a', 'a/../b', 'a b/c', '.', '..a/b', 'a/..b'])('takes %j', (path) => {
    expect(innerPathProblem(path)).toBeNull();
  });

  it.each([
    ['', 'empty'],
    ['/etc/passwd', 'absolute'],
    ['C:/x', 'absolute'],
    ['..', 'leaves'],
    ['../x', 'leaves'],
    ['a/../../x', 'leaves'],
    ['./..', 'leaves'],
    [String.raw`..\x`, '"/"'],
    ['~/x', '"~"'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
  ])('refuses %j', (path, reason) => {
    expect(innerPathProblem(path)).toContain(reason);
  });
});

it('lets a path of the machine be absolute', () => {
  expect(machinePathProblem('/etc/ssl/ca.pem')).toBeNull();
  expect(machinePathProblem('../ca.pem')).toContain('leaves');
  expect(machinePathProblem('/a\nb')).toContain('control');
});

it.each([
  ['./a//b/', 'a/b'],
  ['a/../b', 'b'],
  ['./', '.'],
  ['.', '.'],
])('writes %j as %j', (path, normal) => {
  expect(normalizeInnerPath(path)).toBe(normal);
});
