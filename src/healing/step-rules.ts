import type { Rule } from './rule.ts';
import { secretMissing, sourceMissing, sourcesMissing, stepFailed, stepKilled } from './step-verdicts.ts';

/** A RUN that ended by itself, in the words of engine 20.10 and of 28; the number is the last word of the error. */
const ENDED = String.raw`(?:executor failed running \[[^]*\]|process "[^]*" did not complete successfully): exit code: `;

/**
 * Steps of the Dockerfile that failed. They stand first: their errors quote commands and paths, which can hold any words
 * of the other rules.
 */
export const STEP_RULES: readonly Rule[] = [
  {
    id: 'step-killed',
    class: 'memory',
    title: 'step killed',
    means: 'a RUN step ended with exit code 137: it was killed, most often for lack of memory',
    remedy: 'rebuild-alone',
    pattern: new RegExp(String.raw`${ENDED}(?<exitCode>137)\s*$`),
    during: 'build',
    quotesCommand: true,
    verdict: stepKilled,
    samples: [
      { text: 'executor failed running [/bin/sh -c one]: exit code: 137', step: '[2/3] RUN one' },
      { text: 'process "/bin/sh -c one" did not complete successfully: exit code: 137', step: '[2/3] RUN one' },
    ],
    source: 'measured',
  },
  {
    id: 'step-failed',
    class: 'permanent',
    title: 'step failed',
    means: 'a RUN step ended with an exit code of its own; nothing is concluded from what it printed',
    remedy: 'none',
    pattern: new RegExp(String.raw`${ENDED}(?<exitCode>\d+)\s*$`),
    during: 'build',
    quotesCommand: true,
    verdict: stepFailed,
    samples: [
      { text: 'executor failed running [/bin/sh -c one]: exit code: 7', step: '[2/3] RUN one' },
      { text: 'process "/bin/sh -c one" did not complete successfully: exit code: 7', step: '[2/3] RUN one' },
      {
        text: 'executor failed running [/bin/sh -c echo layer does not exist; no space left on device]: exit code: 1',
        step: '[2/3] RUN one',
      },
    ],
    source: 'measured',
  },
  {
    id: 'secret-missing',
    class: 'permanent',
    title: 'secret missing',
    means: 'a RUN step needs a secret that is not given',
    remedy: 'none',
    pattern: /secret (?<id>[^\s:]+):? not found/,
    during: 'build',
    at: / RUN /,
    verdict: secretMissing,
    samples: [
      { text: 'secret token not found: not found', step: '[2/3] RUN one' },
      { text: 'secret token: not found', step: '[2/3] RUN one' },
    ],
    source: 'measured',
  },
  {
    id: 'source-missing',
    class: 'permanent',
    title: 'file missing',
    means: 'a COPY or ADD names a file that is not there; the path in quotes tells it from a damaged cache',
    remedy: 'none',
    pattern:
      /failed to (?:compute cache key|calculate checksum)[^]*?"(?<path>\/(?:[^"\\]|\\.)*)"(?:: | )not found|"(?<path2>\/(?:[^"\\]|\\.)*)"(?:: | )not found: not found/,
    during: 'build',
    verdict: sourceMissing,
    samples: [
      { text: 'failed to compute cache key: "/nope.txt" not found: not found', step: '[2/2] COPY nope.txt /' },
      {
        text: 'failed to solve: failed to compute cache key: failed to calculate checksum of ref 1a2b::x: "/blob": not found',
        step: '[2/2] COPY blob /',
      },
    ],
    source: 'moby/buildkit#1939, docker/buildx#1075, measured',
  },
  {
    id: 'sources-missing',
    class: 'permanent',
    title: 'files missing',
    means: 'the pattern of a COPY or ADD matches nothing',
    remedy: 'none',
    pattern: /no source files were specified/,
    during: 'build',
    verdict: sourcesMissing,
    samples: [{ text: 'no source files were specified', step: '[2/2] COPY *.txt /' }],
    source: 'measured',
  },
];
