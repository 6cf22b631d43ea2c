import { expect, it } from 'vitest';
import { history } from '../../src/commands/history.ts';
import { widthOf } from '../../src/report/terminal-text.ts';
import * as fixture from '../adapters/store-sqlite/fixture.ts';
import { claim, claimed, openTestStore, result, temporaryFolder } from '../adapters/store-sqlite/fixture.ts';

const now = new Date('2026-03-09T10:30:00Z');

it('says so where nothing is recorded, or the state was deleted', async () => {
  const store = await openTestStore(await temporaryFolder());
  expect(await history({ store, query: {}, now, width: 80 })).toEqual({
    exitCode: 0,
    text: 'Nothing is recorded on this machine.\n',
    json: { schemaVersion: 1, builds: [] },
  });
  const outcome = await history({ store, query: { service: 'xgen-core', site: 'aww' }, now, width: 80 });
  expect(outcome.text).toBe('No build of xgen-core for site aww is recorded on this machine.\n');
});

async function storeWithBuilds() {
  const folder = await temporaryFolder();
  const dead = await openTestStore(folder, { identity: fixture.DEAD });
  const store = await openTestStore(folder);
  const draw = { above: 40, floor: 1, exactly: null };
  const first = await claimed(store);
  await store.draw(first, draw);
  await store.finish(first, result({ number: 41 }));
  const second = await claimed(store, claim({ startedBy: '지원@노트북' }));
  await store.draw(second, draw);
  const message = 'RUN npm ci ended with exit code 1';
  const error = { code: 'BUILD_FAILED', message, stage: 'build', hint: null, evidence: [] } as const;
  await store.finish(second, result({ number: 42, status: 'failed', error }));
  const third = await claimed(store, claim({ command: 'rollback' }));
  await store.finish(third, result({ number: 41, reason: 'b41 ran well before' }));
  await claimed(store);
  const lost = await claimed(dead, claim({ site: 'aww' }));
  return { store, lost };
}

it('shows a line per build, newest first, with what it ended with', async () => {
  const { store, lost } = await storeWithBuilds();
  const { text } = await history({ store, query: {}, now, width: 160 });
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ {2,}/).slice(0, 4))).toMatchObject([
    ['BUILD', 'SERVICE', 'SITE', 'STATUS'],
    [lost.id, 'xgen-core', 'aww', 'lost'],
    [expect.stringMatching(/^[0-9a-f]{12}$/), 'xgen-core', 'main', 'running'],
    // A rollback to b41 is not the build b41: `logs` takes its id.
    [expect.stringMatching(/^[0-9a-f]{12}$/), 'xgen-core', 'main', 'succeeded'],
    ['b42', 'xgen-core', 'main', 'failed'],
    ['b41', 'xgen-core', 'main', 'succeeded'],
  ]);
  expect(lines[1]).toContain('its process died');
  expect(lines[2]).toContain('30m 00s');
  expect(lines[3]).toContain('b41 ran well before');
  expect(lines[4]).toContain('BUILD_FAILED RUN npm ci ended with exit code 1');
  expect(lines[5]).toMatch(/ccccccc {2}30 minutes ago {2}8.1s +jiwon@ci-7 +source changed: 1a2b3c4 → 5d6e7f8$/);
});

it.each([200, 120, 80, 60, 40, 20, 10])('is never wider than %i columns', async (width) => {
  const { store } = await storeWithBuilds();
  const { text } = await history({ store, query: {}, now, width });
  for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
});

it('gives the records as JSON', async () => {
  const { store } = await storeWithBuilds();
  const { json } = await history({ store, query: { site: 'main', limit: 2 }, now, width: 80 });
  expect(json).toMatchObject({ schemaVersion: 1, builds: [{ status: 'running' }, { command: 'rollback' }] });
});
