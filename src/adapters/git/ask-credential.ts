import { CredentialError } from '../../errors/xgen-error.ts';
import { quote } from '../../values/quote.ts';
import { runGit } from './run-git.ts';

const HELPER_LIMIT_MS = 10_000;

/**
 * The login that the user's own git credential helpers hold for a URL, by `git credential fill`: with the user's git
 * configuration, and without a prompt in the terminal or in a window. `env` is the environment of this process. Null
 * where no helper knows one. Throws CREDENTIAL_INVALID where the helpers do not answer within 10 s, or the signal's
 * AbortReason.
 */
export async function askGitCredential(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string } | null> {
  const question = credentialQuestion(url);
  if (question === null) return null;
  const end = await runGit({
    args: ['credential', 'fill'],
    env: { ...withoutRepository(env), ...NO_PROMPT },
    input: question,
    timeoutMs: HELPER_LIMIT_MS,
    signal,
  });
  if (end.timedOutMs !== null) {
    throw new CredentialError({
      code: 'CREDENTIAL_INVALID',
      message: `git's credential helper did not answer within ${HELPER_LIMIT_MS / 1000} s for ${quote(url)}`,
      hint: 'see which one it is with: git config --get-all credential.helper',
    });
  }
  return end.exitCode === 0 ? parseCredential(end.stdout.toString('utf8')) : null;
}

/** An empty GIT_ASKPASS wins over core.askPass and SSH_ASKPASS, and asks nobody (git's `git_prompt`). */
const NO_PROMPT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  GCM_INTERACTIVE: 'never',
  LC_ALL: 'C',
} as const;

/** What is written to `git credential fill` (git-credential(1), "INPUT/OUTPUT FORMAT"); null for what is not http. */
export function credentialQuestion(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  // The path stays encoded: a line break in it would begin an attribute of its own (CVE-2020-5260).
  return `protocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${pathname.replace(/^\/+/, '')}\n\n`;
}

/** Reads git's answer. Null without a password. */
export function parseCredential(answer: string): { readonly username: string; readonly password: string } | null {
  const values = new Map<string, string>();
  for (const line of answer.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const password = values.get('password') ?? '';
  return password === '' ? null : { username: values.get('username') ?? '', password };
}

/** GIT_DIR and its like are set inside hooks, and would bring a repository's own configuration in. */
function withoutRepository(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !REPOSITORY_VARIABLES.test(name)) kept[name] = value;
  }
  return kept;
}

const REPOSITORY_VARIABLES = /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|TRACE.*|PREFIX)$/;
