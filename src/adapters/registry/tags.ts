import { nextPage } from './link-header.ts';
import { registryError } from './registry-error.ts';
import type { RegistrySession } from './session.ts';

const PAGE = 1000;
/** No repository has as many; a registry that goes on for ever is stopped here. */
const MAX_TAGS = 200_000;
/** Pages in a row that hold nothing new; a registry that filters its list may give out a few. */
const MAX_BARREN_PAGES = 20;
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/** Every tag of a repository, also where the registry answers in pages. Empty where the repository is not there. */
export async function listTags(
  session: RegistrySession,
  repository: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { base } = await session.endpoint(signal);
  const scope = { repository, access: 'read' } as const;
  const doing = `reading the tags of ${repository}`;
  const tags = new Set<string>();
  const asked = new Set<string>();
  let path: string | null = `/v2/${repository}/tags/list?n=${PAGE}`;
  let barren = 0;
  while (path !== null) {
    if (asked.has(path) || tags.size > MAX_TAGS || barren > MAX_BARREN_PAGES) throw endless(session, repository);
    asked.add(path);
    const answer = await session.request({ method: 'GET', path, scope, maxBytes: MAX_PAGE_BYTES, signal });
    if (answer.status === 404) return [...tags];
    const page = answer.status === 200 ? readTags(answer.body) : null;
    if (page === null) throw await session.refusal({ scope, doing, answer });
    const known = tags.size;
    for (const tag of page) tags.add(tag);
    barren = tags.size === known ? barren + 1 : 0;
    path = nextPath(nextPage(answer.headers['link']?.toString()), new URL(path, base));
  }
  return [...tags];
}

/** The next page's path, at the address that is known already: the login goes nowhere else. */
function nextPath(target: string | null, from: URL): string | null {
  if (target === null || !URL.canParse(target, from.href)) return null;
  const next = new URL(target, from);
  return `${next.pathname}${next.search}`;
}

/** Null for an answer that is no list of tags; a repository whose tags were all deleted says `null` for the list. */
function readTags(body: Buffer): readonly string[] | null {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('tags' in parsed)) return null;
    if (!Array.isArray(parsed.tags)) return parsed.tags === null ? [] : null;
    return parsed.tags.filter((tag): tag is string => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag));
  } catch {
    return null;
  }
}

function endless(session: RegistrySession, repository: string): Error {
  return registryError(session.where, {
    code: 'REGISTRY_FAILED',
    message: `the registry ${session.where.host} lists the tags of ${repository} without an end`,
    hint: 'look at the Link header of its answers: a proxy may drop the query of the next page',
  });
}
