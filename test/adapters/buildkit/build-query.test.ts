import { expect, test } from 'vitest';
import { readAnswerLine } from '../../../src/adapters/buildkit/build-answer.ts';
import { buildPath } from '../../../src/adapters/buildkit/build-query.ts';
import { readJsonLines } from '../../../src/adapters/buildkit/json-lines.ts';
import type { BuildInput } from '../../../src/ports/builder.ts';
import { withTag } from '../../../src/values/image-reference.ts';

const input: BuildInput = {
  contextDirectory: '/context',
  sharedKey: 'key',
  platform: 'linux/arm64',
  target: null,
  args: { TARGETARCH: 'arm64', NOTE: 'a b&c=ü' },
  labels: { 'org.opencontainers.image.revision': 'abc' },
  secrets: [{ id: 'token', read: async () => Buffer.from('hidden') }],
  noCache: false,
  pull: false,
  loginFor: async () => null,
  localTag: withTag({ host: 'xgen-build.local', path: 'core' }, 'id1'),
};

function queryOf(changes: Partial<BuildInput>): Record<string, string> {
  const path = buildPath({ ...input, ...changes }, { session: 's1', build: 'b1' });
  return Object.fromEntries(new URL(path, 'http://engine').searchParams);
}

const always = {
  version: '2',
  remote: 'client-session',
  session: 's1',
  buildid: 'b1',
  t: 'xgen-build.local/core:id1',
  dockerfile: 'Dockerfile',
  platform: 'linux/arm64',
  buildargs: '{"TARGETARCH":"arm64","NOTE":"a b&c=ü"}',
  labels: '{"org.opencontainers.image.revision":"abc"}',
};

test.each([
  ['an ordinary build', {}, {}],
  ['a target', { target: 'release' }, { target: 'release' }],
  ['no cache', { noCache: true }, { nocache: '1' }],
  ['base images from their registry', { pull: true }, { pull: '1' }],
])('%s', (_, changes, added) => {
  expect(queryOf(changes)).toEqual({ ...always, ...added });
});

test.each([
  ['a trace', { id: 'moby.buildkit.trace', aux: 'AQI=' }, { kind: 'trace', bytes: Buffer.from([1, 2]) }],
  ['an empty trace', { id: 'moby.buildkit.trace' }, { kind: 'trace', bytes: Buffer.alloc(0) }],
  [
    'an image',
    { id: 'moby.image.id', aux: { ID: `sha256:${'0'.repeat(64)}` } },
    { kind: 'image', id: `sha256:${'0'.repeat(64)}` },
  ],
  ['an error', { errorDetail: { message: 'boom' }, error: 'boom' }, { kind: 'error', message: 'boom' }],
  ['an error before the stream', { message: 'bad parameter' }, { kind: 'error', message: 'bad parameter' }],
  ['anything else', { stream: 'Successfully tagged' }, { kind: 'other' }],
])('reads %s', (_, line, expected) => {
  expect(readAnswerLine(line, 'message' in line ? 400 : 200)).toEqual(expected);
});

test('lines are put together from chunks of any size, and what is not JSON is kept as an error', async () => {
  async function* chunks(): AsyncGenerator<Buffer> {
    const bytes = Buffer.from('{"a":"ü"}\r\n\n{"b":2}\n<html>bad gateway</html>');
    for (const byte of bytes) yield Buffer.from([byte]);
  }
  const lines: unknown[] = [];
  for await (const line of readJsonLines(chunks())) lines.push(line);
  expect(lines).toEqual([{ a: 'ü' }, { b: 2 }, { error: '<html>bad gateway</html>' }]);
});
