import { CheckoutError, messageOf, XgenError } from '../../errors/xgen-error.ts';
import type { Redactor } from '../../ports/redactor.ts';
import type { SourceRef } from '../../ports/sources.ts';
import { evidenceOf, GitFailed } from './git-failure.ts';

/** A failed git call, or a folder that cannot be used, as an error for people; anything else as it is. */
export function inWords(
  outside: { readonly cacheDir: string; readonly redactor: Redactor },
  source: SourceRef,
  error: unknown,
): unknown {
  const { cacheDir, redactor } = outside;
  const facts = { url: source.url, branch: source.branch };
  const isFailedGit = error instanceof GitFailed;
  const systemCode = isFailedGit ? '' : systemCodeOf(error);
  if (!isFailedGit && systemCode === '') return error;
  const evidence = isFailedGit ? evidenceOf(error.stderr).map((line) => redactor.redact(line)) : [];
  if (isFailedGit ? error.kind === 'disk-full' : DISK_FULL_CODES.has(systemCode)) {
    const hint = `see df -h ${cacheDir}, or set XGEN_CACHE_DIR`;
    const message = `no space is left in ${cacheDir}`;
    return new CheckoutError({ code: 'DISK_FULL', message, hint, facts, evidence, cause: error });
  }
  const message = isFailedGit
    ? `git could not bring ${source.url}: ${error.message}`
    : `the cache ${cacheDir} cannot be used: ${messageOf(error)}`;
  const hint = isFailedGit
    ? hintOfFailedGit(error, cacheDir)
    : `give this user the right to write to ${cacheDir}, or name another folder: XGEN_CACHE_DIR`;
  return new CheckoutError({ code: 'CHECKOUT_FAILED', message, hint, facts, evidence, cause: error });
}

const DISK_FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const FOLDER_CODES: ReadonlySet<string> = new Set([
  ...DISK_FULL_CODES,
  'EACCES',
  'EEXIST',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** The system's word for why a folder cannot be used (`EACCES`); empty for any other error. */
function systemCodeOf(error: unknown): string {
  const code = error instanceof Error && !(error instanceof XgenError) && 'code' in error ? String(error.code) : '';
  return FOLDER_CODES.has(code) ? code : '';
}

/** Git refuses to write names such as `.git` or `..`, which only a tree made by hand has: no cache is to blame. */
function hintOfFailedGit({ stderr }: GitFailed, cacheDir: string): string {
  return /^error: invalid path /m.test(stderr)
    ? 'the repository has a path that git does not write: take it out of the branch'
    : `remove the cache and try again: rm -rf ${cacheDir}`;
}
