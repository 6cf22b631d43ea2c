import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CheckoutError } from '../../errors/xgen-error.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { quote } from '../../values/quote.ts';
import { resolveSubmoduleUrl } from './source-url.ts';
import { runGit } from './run-git.ts';
import { localCall, type GitTools } from './tools.ts';
import type { BytePath, TreeFacts } from './tree-changes.ts';
import type { TreeUpdate, WorkTree } from './work-tree.ts';

export interface Submodule {
  readonly path: BytePath;
  readonly commit: string;
  readonly source: SourceRef;
  readonly tree: WorkTree;
}

/**
 * The submodules of a commit with the address of each. Throws SUBMODULE_REFUSED for one on another host or on this
 * machine's disk, and CHECKOUT_FAILED where `.gitmodules` does not name its address.
 */
export async function listSubmodules(
  tools: GitTools,
  list: { readonly update: TreeUpdate; readonly facts: TreeFacts; readonly source: SourceRef },
): Promise<readonly Submodule[]> {
  const { update, facts, source } = list;
  const links = Object.entries(facts.gitlinks);
  if (links.length === 0) return [];
  const urls = await readGitmodules(tools, update);
  return links.map(([path, commit]) => {
    const url = requireUrl({ path, written: urls.get(path), source });
    return { path, commit, source: { ...source, url }, tree: subtree(update.tree, path) };
  });
}

function subtree(tree: WorkTree, path: BytePath): WorkTree {
  // The name of a submodule is its author's choice and never becomes a path of ours.
  const name = createHash('sha256').update(path, 'latin1').digest('hex').slice(0, 20);
  const text = Buffer.from(path, 'latin1').toString('utf8');
  return { gitDir: join(tree.gitDir, 'xgen-modules', name), workTree: join(tree.workTree, text) };
}

function requireUrl(module: { path: BytePath; written: string | undefined; source: SourceRef }): string {
  const { path, written, source } = module;
  const name = quote(Buffer.from(path, 'latin1').toString('utf8'));
  const facts = { url: source.url, submodule: path };
  if (written === undefined || Buffer.from(path, 'latin1').toString('utf8').includes('\uFFFD')) {
    throw new CheckoutError({
      code: 'CHECKOUT_FAILED',
      message: `the submodule ${name} of ${source.url} has no address in .gitmodules`,
      hint: 'remove it, or add it again: git submodule add URL PATH',
      facts,
    });
  }
  const url = resolveSubmoduleUrl(source.url, written);
  if (url !== null) return url;
  throw new CheckoutError({
    code: 'SUBMODULE_REFUSED',
    message: `the submodule ${name} of ${source.url} is not on the same host`,
    hint: `write it relative to the repository in .gitmodules: url = ../other.git`,
    facts,
    evidence: [`.gitmodules says ${quote(withoutLogin(written))}`],
  });
}

/** What stands before the `@` may be a token. */
function withoutLogin(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//***@');
}

async function readGitmodules(tools: GitTools, update: TreeUpdate): Promise<ReadonlyMap<BytePath, string>> {
  const { tree: repository, commit, signal } = update;
  const args = ['config', '--null', '--blob', `${commit}:.gitmodules`, '--get-regexp', '^submodule\\..*\\.(path|url)$'];
  const end = await runGit(localCall(tools, { repository, args, signal }));
  return end.exitCode === 0 ? parseGitmodules(end.stdout.toString('latin1')) : new Map();
}

/** Paths to addresses, out of `git config --null --get-regexp`. */
export function parseGitmodules(listing: string): ReadonlyMap<BytePath, string> {
  const paths = new Map<string, string>();
  const urls = new Map<string, string>();
  for (const entry of listing.split('\0')) {
    const match = /^submodule\.(?<name>[\s\S]*)\.(?<key>path|url)\n(?<value>[\s\S]*)$/.exec(entry);
    const { name, key, value } = match?.groups ?? {};
    if (name === undefined || value === undefined) continue;
    if (key === 'path') paths.set(name, value.replace(/\/+$/, ''));
    else urls.set(name, Buffer.from(value, 'latin1').toString('utf8'));
  }
  return new Map(
    [...paths].flatMap(([name, path]) => {
      const url = urls.get(name);
      return url === undefined ? [] : [[path, url] as const];
    }),
  );
}
