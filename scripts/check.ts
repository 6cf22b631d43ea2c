import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Everything that can be checked without running the program; each line names the command that mends it. */
const CHECKS: readonly { readonly name: string; readonly command: readonly string[]; readonly mend: string }[] = [
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '-p', '.'], mend: 'mend what is named above' },
  { name: 'lint', command: ['node_modules/oxlint/bin/oxlint', '--type-aware'], mend: 'npm run lint -- --fix' },
  { name: 'format', command: ['node_modules/oxfmt/bin/oxfmt', '--check', '.'], mend: 'npm run format' },
  { name: 'generated', command: ['scripts/generate.ts', '--check'], mend: 'npm run generate' },
  {
    name: 'structure',
    command: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'test/structure.test.ts'],
    mend: 'mend what is named above',
  },
];

const cwd = fileURLToPath(new URL('..', import.meta.url));
const only = process.argv.slice(2);
let failed = 0;
for (const { name, command, mend } of CHECKS) {
  if (only.length > 0 && !only.includes(name)) continue;
  const startedAt = performance.now();
  const run = spawnSync(process.execPath, command, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (run.status === 0) {
    process.stdout.write(`✔ ${name} ${seconds}s\n`);
    continue;
  }
  failed += 1;
  process.stdout.write(`${run.stdout}${run.stderr}✘ ${name} ${seconds}s: ${mend}\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
