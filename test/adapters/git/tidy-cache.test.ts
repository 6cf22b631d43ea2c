import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClock } from '../../../src/adapters/clock.ts';
import { treeOf } from '../../../src/adapters/git/checkout.ts';
import { mirrorOf } from '../../../src/adapters/git/mirror.ts';
import { tidyCache } from '../../../src/adapters/git/tidy-cache.ts';
import type { GitTools } from '../../../src/adapters/git/tools.ts';
import { createRedactor } from '../../../src/adapters/redaction/redactor.ts';
import { silentLogger } from '../../fakes/silent-logger.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'xgen-cache-'));
});
afterEach(async () => rm(cacheDir, { recursive: true, force: true }));

const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const source = (name: string) => ({
  url: `https://git.example.com/xgen/${name}.git`,
  branch: 'main',
  credentialId: null,
  submodules: false,
});

function tools(): GitTools {
  return {
    cacheDir,
    clock: createClock(),
    credentials: { require: async () => Promise.reject(new Error('not asked')), find: async () => null },
    redactor: createRedactor(),
    logger: silentLogger,
    environment: {},
    network: async () => [],
  };
}

async function make(name: string, isOld: boolean): Promise<{ mirror: string; tree: string }> {
  const mirror = mirrorOf(tools(), source(name).url).gitDir;
  const tree = treeOf(tools(), { source: source(name), service: name, site: 'main' }).folder;
  for (const folder of [mirror, join(tree, 'git')]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'content'), 'x'.repeat(1000));
    if (isOld) await utimes(folder, LONG_AGO, LONG_AGO);
  }
  if (isOld) await utimes(tree, LONG_AGO, LONG_AGO);
  return { mirror, tree };
}

test('removes what is not built any more and lay untouched, and nothing else', async () => {
  const used = await make('used', true);
  const left = await make('left', true);
  const others = await make('others', false);
  const order = {
    used: [{ source: source('used'), service: 'used', site: 'main' }],
    signal: AbortSignal.timeout(9_000),
  };

  const told = await tidyCache(tools(), { ...order, dryRun: true });
  expect(told.map(({ path }) => path).toSorted()).toEqual([left.mirror, left.tree].toSorted());
  expect(told.every(({ bytes }) => bytes >= 1000)).toBe(true);
  expect(existsSync(left.mirror)).toBe(true);

  await tidyCache(tools(), { ...order, dryRun: false });
  expect([left.mirror, left.tree].map((path) => existsSync(path))).toEqual([false, false]);
  expect([used.mirror, used.tree, others.mirror, others.tree].every((path) => existsSync(path))).toBe(true);
});

test('a cache that is not there is tidy', async () => {
  await rm(cacheDir, { recursive: true });
  expect(await tidyCache(tools(), { used: [], dryRun: false, signal: AbortSignal.timeout(9_000) })).toEqual([]);
});
