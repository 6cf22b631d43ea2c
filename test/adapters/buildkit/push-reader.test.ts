import { expect, test } from 'vitest';
import { NO_PUSH, readPushLine, retriesOf, summarizePush } from '../../../src/adapters/buildkit/push-reader.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

function read(lines: readonly unknown[]) {
  return lines.reduce(readPushLine, NO_PUSH);
}

test('counts layers that went and those that were there, and takes the digest from the end', () => {
  const state = read([
    { status: 'The push refers to repository [r/x]' },
    { status: 'Preparing', id: '7d53b81bec8c' },
    { status: 'Preparing', id: '57f226f2e23a' },
    { status: 'Preparing', id: '4fefc1047295' },
    { status: 'Pushing', progressDetail: { current: 512, total: 1 }, id: '57f226f2e23a' },
    { status: 'Pushing', progressDetail: { current: 2048, total: 1 }, id: '57f226f2e23a' },
    { status: 'Pushed', id: '57f226f2e23a' },
    { status: 'Layer already exists', id: '7d53b81bec8c' },
    { status: 'Mounted from base/busybox', id: '4fefc1047295' },
    { status: `b1-amd64: digest: ${DIGEST} size: 941` },
    { aux: { Tag: 'b1-amd64', Digest: DIGEST, Size: 941 } },
  ]);
  expect(summarizePush(state)).toEqual({ pushed: 1, total: 3, doneBytes: 2048, totalBytes: 2048 });
  expect(state).toMatchObject({ digest: DIGEST, error: null });
});

test('keeps the first error, wherever it stands', () => {
  expect(read([{ errorDetail: { message: 'denied' }, error: 'denied' }, { error: 'later' }]).error).toBe('denied');
  expect(read([{ message: 'No such image' }]).error).toBe('No such image');
  expect(read(['nonsense', null, 3]).error).toBeNull();
});

test('counts how often a layer is tried again, not how often the wait is announced', () => {
  const wait = (seconds: number) => ({
    status: `Retrying in ${seconds} second${seconds === 1 ? '' : 's'}`,
    id: '7d53b81bec8c',
  });
  expect(retriesOf(read([wait(5), wait(4), wait(1)]))).toBe(1);
  expect(retriesOf(read([wait(5), wait(1), wait(10), wait(1), wait(15)]))).toBe(3);
});
