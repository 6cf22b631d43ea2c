import pLimit from 'p-limit';
import { parseNumberTag } from '../plan/build-plan.ts';
import type { RegistryClient } from '../ports/registry.ts';
import type { Digest } from '../values/image-reference.ts';
import { readManifest } from '../values/manifest.ts';
import { decideGc, type GcDecision, type GcRule, type HeldTag } from './gc-decision.ts';

const AT_ONCE = 8;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface RepositoryRead {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly rule: GcRule;
  readonly spared: ReadonlyMap<Digest, string>;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Reads a repository and decides what may go. Throws what the registry throws. */
export async function readRepository(read: RepositoryRead): Promise<GcDecision> {
  const { rule, spared } = read;
  const tags = await heldTags(read);
  const ages = rule.keepDays === 0 ? new Map<number, number>() : await agesOf(read, tags);
  const question = { tags, rule, spared, ageDays: (number: number) => ages.get(number) ?? null };
  const first = decideGc({ ...question, childrenOf: () => [] });
  if (first.remove.length === 0) return first;
  const gone = new Set(first.remove.map(({ digest }) => digest));
  const staying = new Set(tags.map(({ digest }) => digest).filter((digest) => !gone.has(digest)));
  const children = await childrenOf(read, [...staying]);
  return decideGc({ ...question, childrenOf: (digest) => children.get(digest) ?? [] });
}

async function heldTags({ client, repository, signal }: RepositoryRead): Promise<readonly HeldTag[]> {
  const limit = pLimit(AT_ONCE);
  const tags = await client.listTags(repository, signal);
  const held = await Promise.all(
    tags.map((tag) => limit(async () => ({ tag, digest: await client.headManifest(repository, tag, signal) }))),
  );
  return held.flatMap(({ tag, digest }) => (digest === null ? [] : [{ tag, digest }]));
}

/** Days since the image of each number was made, as its configuration says. */
async function agesOf(read: RepositoryRead, tags: readonly HeldTag[]): Promise<ReadonlyMap<number, number>> {
  const { client, repository, now, signal, rule } = read;
  const limit = pLimit(AT_ONCE);
  const numbered = tags.flatMap(({ tag, digest }) => {
    const parsed = parseNumberTag(tag);
    return parsed === null ? [] : [{ ...parsed, digest }];
  });
  const old = numbered.toSorted((left, right) => right.number - left.number).slice(rule.keep);
  const ages = await Promise.all(
    old.map(({ number, arch, digest }) =>
      limit(async () => {
        const get = { repository, reference: digest, platform: `linux/${arch}`, signal };
        const created = Date.parse((await client.getConfig(get))?.created ?? '');
        return Number.isNaN(created) ? [] : [[number, (now.getTime() - created) / DAY_MS] as const];
      }),
    ),
  );
  // Of several architectures the youngest counts.
  const youngest = new Map<number, number>();
  for (const [number, age] of ages.flat()) youngest.set(number, Math.min(age, youngest.get(number) ?? age));
  return youngest;
}

async function childrenOf(
  { client, repository, signal }: RepositoryRead,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const limit = pLimit(AT_ONCE);
  const entries = await Promise.all(
    digests.map((digest) =>
      limit(async () => {
        const manifest = await client.getManifest(repository, digest, signal);
        const content = manifest === null ? null : readManifest(manifest.bytes);
        const children = content?.kind === 'index' ? content.entries.map((entry) => entry.digest) : [];
        return [digest, children] as const;
      }),
    ),
  );
  return new Map(entries);
}
