import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createClock } from '../../../src/adapters/clock.ts';
import { createSources } from '../../../src/adapters/git/create-sources.ts';
import type { Credentials, Login } from '../../../src/ports/credentials.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { Redactor } from '../../../src/ports/redactor.ts';
import type { SourceRef, Sources, SourceTree } from '../../../src/ports/sources.ts';
import { addCommits, GIT_ENVIRONMENT, makeRepository, type FileContent } from '../../lab/repositories.ts';

const run = promisify(execFile);

/** A folder with bare repositories, a cache and sources that use it. */
export interface Workshop {
  readonly root: string;
  readonly repositories: string;
  readonly cacheDir: string;
  readonly home: string;
  readonly environment: Record<string, string>;
  /** Messages that were logged as warnings. */
  readonly warnings: string[];
  readonly sources: Sources;
  /** Sources as another process would have them: same cache, nothing remembered. */
  another(login?: Login | null, variables?: Readonly<Record<string, string>>): Sources;
  remove(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'xgen-checkout-')));
  const cacheDir = join(root, 'cache');
  const home = join(root, 'home');
  const repositories = join(root, 'repositories');
  for (const folder of [home, repositories]) await mkdir(folder);
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home };
  const warnings: string[] = [];
  const another = (login: Login | null = null, variables: Readonly<Record<string, string>> = {}): Sources =>
    createSources({
      cacheDir,
      environment: { ...environment, ...variables },
      clock: createClock(),
      redactor: REDACTOR,
      logger: loggerInto(warnings),
      credentials: credentialsWith(login),
    });
  return {
    root,
    repositories,
    cacheDir,
    home,
    environment,
    warnings,
    sources: another(),
    another,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

const REDACTOR: Redactor = {
  add: () => {},
  redact: (text) => text,
  redactData: (data) => data,
  stream: () => ({ write: (chunk) => chunk, end: () => '' }),
};

function loggerInto(warnings: string[]): Logger {
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (_, message) => warnings.push(message),
    error: (_, message) => warnings.push(message),
    child: () => logger,
  };
  return logger;
}

function credentialsWith(login: Login | null): Credentials {
  return {
    require: () => (login === null ? Promise.reject(new Error('no login was prepared')) : Promise.resolve(login)),
    find: () => Promise.resolve(login),
  };
}

export interface TestRepository {
  readonly path: string;
  readonly source: SourceRef;
  commit(files: Readonly<Record<string, FileContent>>, branch?: string): Promise<string>;
  /** A commit on main that holds a commit of another repository as a submodule. */
  addSubmodule(submodule: { path: string; url: string; commit: string }): Promise<string>;
  git(...args: string[]): Promise<string>;
}

export async function makeSource(workshop: Workshop, name: string): Promise<TestRepository> {
  const path = join(workshop.repositories, `${name}.git`);
  await makeRepository(path);
  const git = async (...args: string[]): Promise<string> =>
    (
      await run('git', ['-C', path, ...args], { env: { ...GIT_ENVIRONMENT, GIT_INDEX_FILE: join(path, 'index') } })
    ).stdout.trim();
  const author = ['-c', 'user.name=Jiwon', '-c', 'user.email=jiwon@example.com'];
  return {
    path,
    source: { url: pathToFileURL(path).href, branch: 'main', credentialId: null, submodules: false },
    commit: (files, branch = 'main') =>
      addCommits(path, [{ branch, files, message: `change ${Object.keys(files).join(' ').slice(0, 40)}` }]),
    async addSubmodule({ path: at, url, commit }) {
      const text = `[submodule "${at}"]\n\tpath = ${at}\n\turl = ${url}\n`;
      await addCommits(path, [{ branch: 'main', files: { '.gitmodules': text }, message: 'name a submodule' }]);
      await git('read-tree', 'refs/heads/main');
      await git('update-index', '--add', '--cacheinfo', `160000,${commit},${at}`);
      const made = await git(
        ...author,
        'commit-tree',
        '-m',
        'add a submodule',
        '-p',
        'refs/heads/main',
        await git('write-tree'),
      );
      await git('update-ref', 'refs/heads/main', made);
      return made;
    },
    git,
  };
}

export interface CheckoutChange {
  readonly service?: string;
  readonly site?: string;
  readonly commit?: string | null;
  readonly since?: string | null;
  readonly signal?: AbortSignal;
}

export function checkOutSource(sources: Sources, source: SourceRef, change: CheckoutChange = {}): Promise<SourceTree> {
  const { service = 'core', site = 'main', commit = null, since = null } = change;
  const { signal = new AbortController().signal } = change;
  return sources.checkout({ source, service, site, commit, since, signal });
}
