import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLab, type Infra } from '../test/lab/lab.ts';
import { build, isStale } from './build.ts';
import { demoInfra } from './demo/base-images.ts';
import { BROKEN } from './demo/steps.ts';
import { svgOf } from './record/svg.ts';
import { Terminal } from './record/terminal.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PICTURE = join(ROOT, 'docs', 'demo.svg');
const COLUMNS = 92;

/** What the picture shows, one after another; the source is changed before a command where that is said. */
const SCENES: readonly { readonly args: string; readonly mainFile?: string }[] = [
  { args: 'xgen-core --site lotteimall --env both' },
  { args: 'xgen-core --site lotteimall --env prd', mainFile: BROKEN },
];

/** Runs the program on real parts in a terminal of its own, and draws what that showed: `docs/demo.svg`. */
async function main(): Promise<void> {
  if (isStale()) await build();
  const lab = await startLab({ network: true });
  try {
    const infra = await lab.freshInfra(await demoInfra(lab, (sentence) => process.stderr.write(`${sentence}\n`)));
    const terminal = new Terminal();
    const startedAt = performance.now();
    for (const { args, mainFile } of SCENES) {
      if (mainFile !== undefined) {
        const files = { 'main.py': mainFile };
        await infra.commit({
          service: 'xgen-core',
          branch: 'lotteimall',
          files,
          message: 'Read the password of Redis',
        });
      }
      terminal.write(
        `\u001b[36m$\u001b[39m \u001b[1mxgen-build ${args}\u001b[22m\n`,
        (performance.now() - startedAt) / 1000,
      );
      await runInTerminal(infra, {
        args,
        onOutput: (text) => terminal.write(text, (performance.now() - startedAt) / 1000),
      });
      terminal.write('\n', 0);
    }
    writeFileSync(PICTURE, svgOf(terminal.lines(), { title: 'xgen-build', columns: COLUMNS }));
    process.stdout.write(`wrote ${PICTURE}\n`);
  } finally {
    await lab.close();
  }
}

/** util-linux's `script` gives it a terminal; how the program ends is part of the picture. */
async function runInTerminal(infra: Infra, run: { args: string; onOutput: (text: string) => void }): Promise<void> {
  const command = `stty cols ${COLUMNS} rows 50; exec '${join(ROOT, 'bin', 'xgen-build')}' ${run.args}`;
  const child = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
    cwd: infra.root,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', TERM: 'xterm-256color', SHELL: '/bin/sh', ...infra.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', run.onOutput);
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}

await main();
