import { expect, test } from 'vitest';
import { basesUntold, basesUsedInstead } from '../../src/pipeline/used-bases.ts';
import type { Digest } from '../../src/values/image-reference.ts';

const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const LOOKED = [
  { image: 'python:3.14-slim', digest: digest('1') },
  { image: 'r.example.com/base:2', digest: digest('2') },
];

test('what BuildKit names in full is the same image', () => {
  const used = [{ image: 'docker.io/library/python:3.14-slim', digest: digest('1') }];
  expect(basesUsedInstead(LOOKED, used)).toBeNull();
});

test('a tag that was republished between the look and the build is told with what was used', () => {
  const used = [{ image: 'docker.io/library/python:3.14-slim', digest: digest('9') }];
  expect(basesUsedInstead(LOOKED, used)).toEqual([LOOKED[1], { image: 'python:3.14-slim', digest: digest('9') }]);
});

test('an image that the Dockerfile does not name counts too', () => {
  const used = [{ image: 'r.example.com/by-onbuild:1', digest: digest('7') }];
  expect(basesUsedInstead(LOOKED, used)).toEqual([...LOOKED, used[0]]);
});

test('one name at two digests is both of them', () => {
  const twice = [
    { image: `r.example.com/base@${digest('3')}`, digest: digest('3') },
    { image: `r.example.com/base@${digest('4')}`, digest: digest('4') },
  ];
  expect(basesUsedInstead(twice, [{ image: 'r.example.com/base', digest: digest('3') }])).toBeNull();
});

test('what BuildKit says nothing of is to be looked at again', () => {
  const used = [
    { image: 'docker.io/library/python:3.14-slim', digest: null },
    { image: 'r.example.com/base:2', digest: digest('2') },
  ];
  expect(basesUntold(LOOKED, used)).toEqual([LOOKED[0]]);
  expect(basesUsedInstead(LOOKED, used)).toBeNull();
});
