import { CredentialError } from '../../errors/xgen-error.ts';
import type { Found } from './parse-login.ts';

export interface HelperAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `docker-credential-<helper> get` with the server on standard input. Rejects where it cannot be run. */
export type RunHelper = (helper: string, input: string) => Promise<HelperAnswer>;

/** What every helper says on standard output where it holds nothing (docker-credential-helpers, errors.go). */
const NOT_FOUND = 'credentials not found in native keychain';

const LONGEST_WORDS = 300;

const NOT_RUN: Readonly<Record<string, string>> = {
  ENOENT: 'it is not installed',
  ETIMEDOUT: 'it did not answer in time',
};

/** Asks a docker credential helper; null where it holds nothing for the server. Throws CREDENTIAL_INVALID. */
export async function askHelper(ask: { helper: string; server: string; runHelper: RunHelper }): Promise<Found | null> {
  const { helper, server, runHelper } = ask;
  // The name becomes part of a program's name.
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(helper)) throw helperFailed(ask, 'its name cannot be that of a program', []);
  let answer: HelperAnswer;
  try {
    answer = await runHelper(helper, server);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw helperFailed(ask, NOT_RUN[code] ?? 'it did not run to its end', []);
  }
  if (answer.exitCode !== 0) {
    if (answer.stdout.trim() === NOT_FOUND) return null;
    throw helperFailed(ask, `it ended with ${answer.exitCode}`, wordsOf(answer));
  }
  const found = readAnswer(answer.stdout, `docker credential helper ${helper}`);
  if (found === undefined) throw helperFailed(ask, 'its answer cannot be read', []);
  return found;
}

/** What a helper said of its failure. Standard output is left out where it looks like an answer: it may hold the login. */
function wordsOf({ stdout, stderr }: HelperAnswer): readonly string[] {
  const said = /"?(?:Secret|password|token)"?\s*[:=]/i.test(stdout) ? stderr : `${stdout}\n${stderr}`;
  const lines = said.split('\n').map((line) => line.trim().slice(0, LONGEST_WORDS));
  return lines.filter((line) => line !== '').slice(0, 3);
}

function readAnswer(stdout: string, from: string): Found | null | undefined {
  try {
    const parsed: unknown = JSON.parse(stdout);
    if (typeof parsed !== 'object' || parsed === null || !('Username' in parsed) || !('Secret' in parsed))
      return undefined;
    const { Username: user, Secret: secret } = parsed;
    if (typeof user !== 'string' || typeof secret !== 'string') return undefined;
    if (secret === '') return null;
    // An identity token has this in place of a user name.
    if (user === '<token>' || user === '') return { kind: 'token', token: secret, from };
    return { kind: 'pair', username: user, password: secret, from };
  } catch {
    return undefined;
  }
}

function helperFailed(
  ask: { helper: string; server: string },
  why: string,
  evidence: readonly string[],
): CredentialError {
  return new CredentialError({
    code: 'CREDENTIAL_INVALID',
    message: `the docker credential helper "${ask.helper}" gave no login for ${ask.server}: ${why}`,
    hint: `try it by hand: echo ${ask.server} | docker-credential-${ask.helper} get`,
    evidence,
  });
}
