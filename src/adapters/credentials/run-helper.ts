import type { RunHelper } from './docker-helper.ts';

const LIMIT_MS = 10_000;

/**
 * Runs docker's credential helpers: `docker-credential-NAME get`, the server on standard input, ten seconds at most.
 * The environment is handed in, because helpers of cloud registries find their own login there. Rejects with the code
 * ENOENT where there is no such program, and ETIMEDOUT where it takes too long.
 */
export function createRunHelper(
  environment: Readonly<Record<string, string | undefined>>,
  limitMs: number = LIMIT_MS,
): RunHelper {
  return async (helper, input) => {
    const { execa } = await import('execa');
    const child = execa(`docker-credential-${helper}`, ['get'], {
      input,
      env: environment,
      extendEnv: false,
      maxBuffer: 1 << 20,
      reject: false,
    });
    let isLate = false;
    // A helper is often a script: whatever it started lives on when it is killed, and keeps these pipes open.
    const end = (): void => {
      isLate = true;
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(end, limitMs);
    const result = await child.finally(() => clearTimeout(timer));
    if (isLate) throw Object.assign(new Error(`gave no answer within ${limitMs / 1000} s`), { code: 'ETIMEDOUT' });
    if (result.exitCode === undefined) throw result.cause ?? new Error('ended without an exit code');
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  };
}
