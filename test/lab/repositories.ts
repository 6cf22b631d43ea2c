import { execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file as text or bytes, a program, a symbolic link, or null: the file goes. */
export type FileContent = string | Uint8Array | null | { readonly program: string } | { readonly linkTo: string };

export interface Commit {
  readonly service: string;
  /** Made where it is not there yet, from nothing. */
  readonly branch: string;
  readonly files: Readonly<Record<string, FileContent>>;
  readonly message: string;
}

/** git without the configuration of whoever runs the lab. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export async function makeRepository(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await run('git', ['init', '--quiet', '--bare', '--template=', '--initial-branch=main', path], {
    env: GIT_ENVIRONMENT,
  });
}

/** Adds commits to a bare repository, without a work tree (`git fast-import`). Resolves to the last one's id. */
export async function addCommits(path: string, commits: readonly Omit<Commit, 'service'>[]): Promise<string> {
  const last = commits.at(-1);
  if (last === undefined) throw new Error('no commit was given');
  const existing = new Set((await git(path, 'for-each-ref', '--format=%(refname)')).split('\n'));
  const chunks: Buffer[] = [];
  for (const commit of commits) {
    const ref = `refs/heads/${commit.branch}`;
    chunks.push(commitCommand({ ...commit, ref, hasParent: existing.has(ref) }));
    existing.add(ref);
  }
  await fastImport(path, Buffer.concat(chunks));
  return (await git(path, 'rev-parse', `refs/heads/${last.branch}`)).trim();
}

async function git(path: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', path, ...args], { env: GIT_ENVIRONMENT });
  return stdout;
}

function commitCommand(commit: Omit<Commit, 'service'> & { ref: string; hasParent: boolean }): Buffer {
  const when = Math.floor(Date.now() / 1000);
  return Buffer.concat([
    Buffer.from(`commit ${commit.ref}\ncommitter Jiwon <jiwon@example.com> ${when} +0900\n`),
    data(Buffer.from(commit.message)),
    // In a stream `REF` names the branch as the stream has left it, `REF^0` the one of the repository.
    Buffer.from(commit.hasParent ? `from ${commit.ref}^0\n` : ''),
    ...Object.entries(commit.files).map(([path, content]) => fileCommand(path, content)),
    Buffer.from('\n'),
  ]);
}

function fileCommand(path: string, content: FileContent): Buffer {
  // JSON's escapes of quotes, backslashes and line breaks are the C ones that git reads.
  const name = JSON.stringify(path);
  if (content === null) return Buffer.from(`D ${name}\n`);
  const [mode, bytes] = modeAndBytes(content);
  return Buffer.concat([Buffer.from(`M ${mode} inline ${name}\n`), data(bytes)]);
}

function modeAndBytes(content: Exclude<FileContent, null>): ['100644' | '100755' | '120000', Buffer] {
  if (typeof content === 'string' || content instanceof Uint8Array) return ['100644', Buffer.from(content)];
  if ('program' in content) return ['100755', Buffer.from(content.program)];
  return ['120000', Buffer.from(content.linkTo)];
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

function fastImport(path: string, stream: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', path, 'fast-import', '--quiet', '--force'], {
      env: GIT_ENVIRONMENT,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const words: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => words.push(chunk));
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`git fast-import ended with ${code}: ${Buffer.concat(words).toString()}`));
    });
    child.stdin.end(stream);
  });
}
