import { describe, expect, test } from 'vitest';
import { findInstruction, readInstructions } from '../../src/values/dockerfile-steps.ts';

const DOCKERFILE = `# syntax-less
ARG BASE=busybox
FROM \${BASE} AS builder
ENV A=1
WORKDIR /app
RUN apk add \\
    # a comment between
    git \\

    curl
COPY . .
RUN npm ci
RUN npm ci
FROM busybox
COPY --from=builder /app /app
RUN npm ci
ENTRYPOINT ["/app"]
`;

test('reads instructions with their lines, stages and step numbers', () => {
  const read = readInstructions(DOCKERFILE).map(({ line, keyword, stage, step }) => [line, keyword, stage, step]);
  expect(read).toEqual([
    [2, 'ARG', -1, null],
    [3, 'FROM', 0, 1],
    [4, 'ENV', 0, null],
    [5, 'WORKDIR', 0, 2],
    [6, 'RUN', 0, 3],
    [11, 'COPY', 0, 4],
    [12, 'RUN', 0, 5],
    [13, 'RUN', 0, 6],
    [14, 'FROM', 1, 1],
    [15, 'COPY', 1, 2],
    [16, 'RUN', 1, 3],
    [17, 'ENTRYPOINT', 1, null],
  ]);
});

describe('the line of a step', () => {
  test.each([
    ['[builder 3/6] RUN apk add     git     curl', 6],
    ['[builder 5/6] RUN npm ci', 12],
    ['[builder 6/6] RUN npm ci', 13],
    ['[stage-1 3/3] RUN npm ci', 16],
    ['[stage-1 2/3] COPY --from=builder /app /app', 15],
    ['[linux/arm64 builder 4/6] COPY . .', 11],
    ['[BUILDER 4/6] COPY . .', 11],
    ['[builder 3/6] RUN apk add git a-value-put-in', 6],
    ['[builder 4/8] RUN npm ci', 12],
    ['[stage-1 3/3] RUN from an ONBUILD', 16],
    ['[stage-1 2/3] RUN from an ONBUILD', null],
    ['[other 2/3] RUN npm ci', null],
    ['[internal] load build context', null],
    ['exporting to image', null],
  ])('%s', (name, line) => {
    expect(findInstruction(DOCKERFILE, name)?.line ?? null).toBe(line);
  });

  test('without a stage in the name there is only one stage', () => {
    expect(findInstruction('FROM a\nRUN one\nRUN two\n', '[3/3] RUN two')?.line).toBe(3);
  });

  test('here-documents and another escape character do not shift lines', () => {
    const dockerfile = '# escape=`\nFROM a\nRUN <<EOF\nRUN not an instruction\nEOF\nRUN a `\n  b\nCOPY x `\n  /y\n';
    expect(findInstruction(dockerfile, '[3/4] RUN a   b')?.line).toBe(6);
    expect(findInstruction(dockerfile, '[4/4] COPY x /y')?.line).toBe(8);
  });
});
