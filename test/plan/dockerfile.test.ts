import { describe, expect, test } from 'vitest';
import { baseImages, copiedFiles } from '../../src/plan/dockerfile.ts';

const ARGS = { TARGETARCH: 'amd64' };

function images(text: string, args: Record<string, string> = {}, target: string | null = null): string[] {
  return baseImages(text, { ...ARGS, ...args }, target).map(({ image, platform }) =>
    platform === null ? image : `${image} for ${platform}`,
  );
}

describe('baseImages', () => {
  test.each<[string, string, string[]]>([
    ['one stage', 'FROM alpine:3.20\nRUN true', ['alpine:3.20']],
    [
      'stages on stages',
      'FROM node:22 AS build\nFROM build as test\nFROM scratch\nCOPY --from=test /a /a',
      ['node:22'],
    ],
    ['a stage that nothing needs', 'FROM golang AS unused\nFROM alpine', ['alpine']],
    ['an image in COPY --from', 'FROM alpine\nCOPY --from=nginx:1 /etc /etc', ['alpine', 'nginx:1']],
    ['a stage by number', 'FROM node\nFROM alpine\nCOPY --from=0 /a /a', ['node', 'alpine']],
    [
      'an image in RUN --mount',
      'FROM alpine\nRUN --mount=type=bind,from=busybox:1,target=/b --mount=type=cache,target=/c ls',
      ['alpine', 'busybox:1'],
    ],
    ['names in any case', 'from Node:1 AS Build\nfrom build', ['Node:1']],
    ['an image twice', 'FROM alpine AS a\nFROM alpine\nCOPY --from=a / /', ['alpine']],
    ['a digest', `FROM alpine@sha256:${'0'.repeat(64)}`, [`alpine@sha256:${'0'.repeat(64)}`]],
    ['a stage named as its image', 'FROM alpine AS alpine\nFROM alpine', ['alpine']],
    ['scratch alone', 'FROM scratch\nCOPY a /', []],
    ['Windows line ends and a byte order mark', '\uFEFFFROM alpine\r\nRUN true\r\n', ['alpine']],
  ])('%s', (_, text, expected) => {
    expect(images(text)).toEqual(expected);
  });

  test.each<[string, string, Record<string, string>, string[]]>([
    ['a default', 'ARG BASE=alpine:3\nFROM $BASE', {}, ['alpine:3']],
    [
      'a build argument over the default',
      'ARG BASE=alpine:3\nFROM ${BASE}',
      { BASE: 'mirror/alpine' },
      ['mirror/alpine'],
    ],
    ['no argument that is not declared', 'FROM alpine${X}', { X: ':3' }, ['alpine']],
    ['a default that stands on another', 'ARG V=3\nARG BASE="alpine:$V"\nFROM ${BASE}', { V: '4' }, ['alpine:4']],
    ['a default at the place', 'ARG BASE\nFROM ${BASE:-alpine}', {}, ['alpine']],
    ['an empty argument and a default at the place', 'ARG BASE=\nFROM ${BASE:-alpine}', {}, ['alpine']],
    ['an alternative', 'ARG MIRROR=m\nFROM ${MIRROR:+$MIRROR/}alpine', {}, ['m/alpine']],
    ['an empty alternative', 'ARG MIRROR\nFROM ${MIRROR:+$MIRROR/}alpine', {}, ['alpine']],
    ['several on one line', "ARG A=x B='y' C\nFROM $A/$B", {}, ['x/y']],
    ['one taken over by a stage', 'ARG T=1\nFROM alpine\nARG T\nRUN --mount=from=tool:$T ls', {}, ['alpine', 'tool:1']],
    ['one not taken over by a stage', 'ARG T=1\nFROM alpine\nRUN --mount=from=tool$T ls', {}, ['alpine', 'tool']],
    ['TARGETARCH', 'FROM alpine-${TARGETARCH}', {}, ['alpine-amd64']],
    ['a name out of build.args that looks inherited', 'ARG constructor\nFROM alpine$constructor', {}, ['alpine']],
  ])('puts in %s', (...[, text, args, expected]) => {
    expect(images(text, args)).toEqual(expected);
  });

  test.each<[string, string, Record<string, string>, string[]]>([
    ['a fixed platform', 'FROM --platform=linux/arm64 alpine', {}, ['alpine for linux/arm64']],
    ['the target platform', 'FROM --platform=$TARGETPLATFORM alpine', {}, ['alpine for linux/amd64']],
    [
      'the building machine, unknown',
      'FROM --platform=$BUILDPLATFORM node AS b\nFROM alpine\nCOPY --from=b / /',
      {},
      ['node for $BUILDPLATFORM', 'alpine'],
    ],
    [
      'the building machine, known',
      'FROM --platform=${BUILDPLATFORM} node',
      { BUILDPLATFORM: 'linux/arm64' },
      ['node for linux/arm64'],
    ],
    [
      'images copied into such a stage',
      'FROM --platform=linux/arm64 a\nCOPY --from=b / /',
      {},
      ['a for linux/arm64', 'b for linux/arm64'],
    ],
  ])('says %s', (...[, text, args, expected]) => {
    expect(images(text, args)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    [
      'comments, also inside an instruction',
      '# FROM no\nFROM \\\n# FROM no\n\n  alpine\nRUN a \\\n # b\n  FROM no\n',
      ['alpine'],
    ],
    ['another escape character', '# escape=`\nFROM `\nalpine\nRUN C:\\\nCOPY --from=b / /', ['alpine', 'b']],
    ['a directive after others', '# syntax=docker/dockerfile:1\n# escape=`\nFROM `\nalpine', ['alpine']],
    ['no directive after a comment', '# a comment\n# escape=`\nFROM \\\nalpine', ['alpine']],
    [
      'here-documents',
      "FROM alpine\nRUN <<EOF\nFROM no\nEOF\nCOPY <<-'A' <<B /x/\n\tFROM no\n\tA\nFROM no\nB\nCOPY --from=b / /",
      ['alpine', 'b'],
    ],
    ['a shift that is no here-document', 'FROM alpine\nRUN echo $((1<<2)) << \nCOPY --from=b / /', ['alpine', 'b']],
    ['a here-document that never ends', 'FROM alpine\nRUN cat <<EOF\nCOPY --from=b / /', ['alpine', 'b']],
    ['flags before --from', 'FROM alpine\nCOPY --chown=1:1 --link --from=b / /', ['alpine', 'b']],
  ])('reads past %s', (_, text, expected) => {
    expect(images(text)).toEqual(expected);
  });

  test('leaves out what the target does not need', () => {
    const text = 'FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=two / /';
    expect(images(text, {}, 'one')).toEqual(['a']);
    expect(images(text, {}, 'TWO')).toEqual(['b']);
    expect(images(text, {}, '1')).toEqual(['b']);
    expect(images(text)).toEqual(['b', 'c']);
  });

  test.each<[string, string, string | null, string]>([
    [
      'an argument that is not set',
      'ARG BASE\nFROM alpine AS a\n\nFROM $BASE',
      null,
      'line 4: "$BASE" comes to ""; is BASE set?',
    ],
    ['half a name', 'FROM alpine:${TAG}', null, 'line 1: "alpine:${TAG}" comes to "alpine:"; is TAG set?'],
    ['an argument that is demanded', 'FROM ${BASE:?which}', null, 'demands a build argument BASE'],
    ['a form that BuildKit knows and this does not', 'FROM ${BASE%%x}', null, 'cannot be worked out here'],
    ['a bracket left open', 'FROM ${BASE', null, 'has no closing "}"'],
    [
      'a target that is not there',
      'FROM a AS build\nFROM b AS run',
      'biuld',
      'no stage "biuld", did you mean "build"? (stages are build, run)',
    ],
    ['no FROM', '# nothing\n', null, 'it has no FROM'],
    ['FROM without an image', 'FROM', null, 'line 1: "" is no image'],
  ])('refuses %s, with the line', (...[, text, target, message]) => {
    expect(() => baseImages(text, ARGS, target)).toThrow(
      expect.objectContaining({ code: 'DOCKERFILE_INVALID', message: expect.stringContaining(message) as string }),
    );
  });

  test('does not mind names in stages that are not needed, and values that nobody needs', () => {
    expect(images('FROM a:${X} AS unused\nFROM b\nENV P=${PATH%%:*}\nARG Q=${P#/}')).toEqual(['b']);
  });
});

describe('copiedFiles', () => {
  test.each<[string, string, string[]]>([
    ['a plain name', 'COPY entrypoint.sh /usr/local/bin/', ['entrypoint.sh']],
    ['names in any form', 'COPY ./a /b //c/d/ "e" /dst/', ['a', 'b', 'c/d', 'e']],
    ['JSON form', 'COPY --chmod=755 ["with space.sh", "b", "/dst/"]', ['with space.sh', 'b']],
    ['ADD', 'ADD a.tar https://example.com/x /dst/', ['a.tar']],
    ['no wildcards and variables', 'COPY *.sh a? [ab] $X ${Y}/z /dst/', []],
    ['no other stage', 'COPY --from=b entrypoint.sh /', []],
    ['not the whole context', 'COPY . /app', []],
    ['no way out', 'COPY ../x /app', []],
    ['no here-document', 'COPY <<EOF /x\nCOPY no /\nEOF', []],
    ['not what is copied to', 'COPY a b', ['a']],
  ])('takes %s', (_, line, expected) => {
    expect(copiedFiles(`FROM b AS b\nFROM a\n${line}`, ARGS, null).map(({ path }) => path)).toEqual(expected);
  });

  test('says the line, and leaves out stages that are not needed', () => {
    expect(copiedFiles('FROM a\nCOPY no /\nFROM b\n\nCOPY yes /', ARGS, null)).toEqual([{ path: 'yes', line: 5 }]);
  });
});
