import { expect, test } from 'vitest';
import { hidingPattern, refuseHiddenFiles } from '../../src/pipeline/dockerignore-check.ts';

test.each<[string, string, number | null]>([
  ['entrypoint.sh', 'entrypoint.sh', 1],
  ['# all\n\n*.sh\n', 'entrypoint.sh', 3],
  ['*.sh\n!entrypoint.sh', 'entrypoint.sh', null],
  ['*\n!entrypoint.sh\n*.sh', 'entrypoint.sh', 3],
  ['*', 'entrypoint.sh', 1],
  ['*', 'docker/entrypoint.sh', 1],
  ['docker', 'docker/entrypoint.sh', 1],
  ['docker/', 'docker/entrypoint.sh', 1],
  ['**/*.sh', 'a/b/entrypoint.sh', 1],
  ['**/*.sh', 'entrypoint.sh', 1],
  ['/entrypoint.sh', 'entrypoint.sh', 1],
  ['./entrypoint.sh', 'entrypoint.sh', 1],
  ['*.sh', 'docker/entrypoint.sh', null],
  ['Entrypoint.sh', 'entrypoint.sh', null],
  ['entrypoint', 'entrypoint.sh', null],
  ['# entrypoint.sh', 'entrypoint.sh', null],
  ['docker\n!docker/entrypoint.sh', 'docker/entrypoint.sh', null],
  ['  entrypoint.sh  \r\n', 'entrypoint.sh', 1],
  ['\uFEFFentrypoint.sh', 'entrypoint.sh', 1],
  ['[', 'entrypoint.sh', null],
  ['', 'entrypoint.sh', null],
])('%j hides %s in line %s', (ignoreText, path, line) => {
  expect(hidingPattern(ignoreText, path)?.line ?? null).toBe(line);
});

test('names both files, both lines, the pattern and what to add', () => {
  const check = {
    ignoreText: '.git\n*.sh\n',
    ignoreFile: 'dockerfiles/core/.dockerignore',
    dockerfile: 'dockerfiles/core/Dockerfile',
    files: [
      { path: 'main.py', line: 3 },
      { path: 'entrypoint.sh', line: 7 },
    ],
  };
  expect(() => refuseHiddenFiles(check)).toThrow(
    expect.objectContaining({
      code: 'ENTRYPOINT_IGNORED',
      message:
        'dockerfiles/core/.dockerignore, line 2: "*.sh" hides "entrypoint.sh", which dockerfiles/core/Dockerfile copies in line 7',
      hint: 'add a last line to dockerfiles/core/.dockerignore: !entrypoint.sh',
    }),
  );
});
