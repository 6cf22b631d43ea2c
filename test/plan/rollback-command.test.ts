import { expect, it } from 'vitest';
import { rollbackCommand } from '../../src/plan/rollback-command.ts';

const plain = { service: 'xgen-core', site: 'lotteimall', env: 'dev', number: 41 };

it.each([
  [plain, 'xgen-build rollback xgen-core --site lotteimall --env dev --to b41'],
  [{ ...plain, number: null }, 'xgen-build rollback xgen-core --site lotteimall --env dev'],
  [
    { ...plain, arch: 'arm64', registry: 'local' },
    'xgen-build rollback xgen-core --site lotteimall --env dev --to b41 --arch arm64 --registry local',
  ],
  [
    { ...plain, arch: 'amd64', registry: 'nexus' },
    'xgen-build rollback xgen-core --site lotteimall --env dev --to b41',
  ],
  [{ ...plain, switchSite: true }, 'xgen-build rollback xgen-core --site lotteimall --env dev --to b41 --switch-site'],
  [
    { ...plain, site: 'a b', env: `it's $(x)` },
    String.raw`xgen-build rollback xgen-core --site 'a b' --env 'it'\''s $(x)' --to b41`,
  ],
])('writes the line that brings back what ran before, safe to paste (defect 16): %j', (to, expected) => {
  expect(rollbackCommand(to)).toBe(expected);
});
