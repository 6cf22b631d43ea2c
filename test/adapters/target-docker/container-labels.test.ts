import { describe, expect, it } from 'vitest';
import {
  provenBefore,
  readLabels,
  withoutOwnLabels,
  writeLabels,
  type OwnLabels,
} from '../../../src/adapters/target-docker/container-labels.ts';
import { provenImages, type ProvenEntry } from '../../../src/adapters/proven-entries.ts';
import { targetPlan } from '../../fakes/target-plan.ts';

function entry(number: number, site = 'main'): ProvenEntry {
  const digest = `sha256:${String(number).repeat(64).slice(0, 64)}` as const;
  return { site, number, commit: 'c'.repeat(40), digest, reference: `registry.test/xgen/${site}/xgen-core@${digest}` };
}

const own: OwnLabels = {
  service: 'xgen-core',
  site: 'main',
  number: 42,
  commit: 'c'.repeat(40),
  digest: entry(42).digest,
  startedBy: 'jiwon@ci-7',
  startedAt: '2026-03-09T04:00:00.000Z',
  owner: '{"pid":1}',
  limitMs: 130_000,
  replaces: { id: 'abc', wasRunning: true },
  proven: [entry(41), entry(40)],
};

describe('the labels of a container', () => {
  it.each([
    ['all of it', own],
    [
      'an image without a number, in place of nothing',
      { ...own, number: null, commit: null, replaces: null, proven: [] },
    ],
  ])('say what they were given: %s', (_name, labels) => {
    expect(readLabels(writeLabels(targetPlan(), labels))).toStrictEqual(labels);
  });

  it('are nobody’s without an owner or with a digest that is none', () => {
    const labels = writeLabels(targetPlan(), own);
    expect(readLabels({})).toBeNull();
    expect(readLabels({ ...labels, 'io.xgen-build.owner': '' })).toBeNull();
    expect(readLabels({ ...labels, 'io.xgen-build.digest': 'latest' })).toBeNull();
  });

  it('that make no sense are left out, since anybody can write labels', () => {
    const labels = writeLabels(targetPlan(), own);
    const proven = JSON.stringify([entry(41), { digest: 'x' }, null, 7, { ...entry(40), number: 'b40' }]);
    expect(readLabels({ ...labels, 'io.xgen-build.proven': proven })?.proven).toStrictEqual([
      entry(41),
      { ...entry(40), number: null },
    ]);
    expect(readLabels({ ...labels, 'io.xgen-build.proven': '{"a":1}' })?.proven).toStrictEqual([]);
    expect(readLabels({ ...labels, 'io.xgen-build.number': '42; rm' })?.number).toBeNull();
    expect(readLabels({ ...labels, 'io.xgen-build.replaces': '[]' })?.replaces).toBeNull();
  });

  it('of ours are never taken over to another container', () => {
    expect(withoutOwnLabels({ ...writeLabels(targetPlan(), own), team: 'platform' })).toStrictEqual({
      team: 'platform',
    });
  });
});

describe('the proven images', () => {
  it('begin with what is replaced and never hold the new one', () => {
    const numbers = (list: readonly ProvenEntry[]) => list.map(({ number }) => number);
    expect(numbers(provenBefore(entry(42), [entry(41), entry(40)], entry(43).digest))).toStrictEqual([42, 41, 40]);
    expect(numbers(provenBefore(entry(42), [entry(41), entry(40)], entry(41).digest))).toStrictEqual([42, 40]);
    expect(numbers(provenBefore(entry(42), [entry(41)], entry(42).digest))).toStrictEqual([41]);
    expect(numbers(provenBefore(null, [entry(41)], entry(43).digest))).toStrictEqual([41]);
  });

  it('are twenty at most', () => {
    const many = Array.from({ length: 40 }, (_, index) => entry(index + 10));
    expect(provenBefore(entry(99), many, entry(98).digest)).toHaveLength(20);
  });

  it('of another site are not offered', () => {
    const images = provenImages([entry(41), entry(7, 'aww'), { ...entry(40), reference: 'garbage' }], 'main');
    expect(images.map(({ number }) => number)).toStrictEqual([41]);
  });
});
