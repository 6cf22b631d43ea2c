import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRunHelper } from '../../../src/adapters/credentials/run-helper.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xgen-helper-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(script: string) {
  writeFileSync(join(folder, 'docker-credential-lab'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return createRunHelper({ PATH: `${folder}:/usr/bin:/bin`, HELPER_SECRET: 'from-environment' });
}

it('asks with the server on standard input and the environment that it was given', async () => {
  const run = install(
    'test "$1" = get && read -r server; printf "%s %s %s" "$server" "$HELPER_SECRET" "$HOME"; exit 3',
  );
  expect(await run('lab', 'docker.x2bee.com')).toEqual({
    exitCode: 3,
    stdout: 'docker.x2bee.com from-environment ',
    stderr: '',
  });
});

it('says that a helper is not installed', async () => {
  await expect(install('')('none', 'x')).rejects.toMatchObject({ code: 'ENOENT' });
});

it('does not wait for what a helper that takes too long has started', async () => {
  writeFileSync(join(folder, 'docker-credential-lab'), '#!/bin/sh\nsleep 20\n', { mode: 0o755 });
  const run = createRunHelper({ PATH: `${folder}:/usr/bin:/bin` }, 300);
  const begin = performance.now();
  await expect(run('lab', 'x')).rejects.toMatchObject({ code: 'ETIMEDOUT', message: 'gave no answer within 0.3 s' });
  expect(performance.now() - begin).toBeLessThan(5_000);
});
