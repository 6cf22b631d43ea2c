import { diskFull } from './engine-verdicts.ts';
import type { Rule } from './rule.ts';
import { stepKilled } from './step-verdicts.ts';

/** What the engine's machine has too little of. */
export const SCARCITY_RULES: readonly Rule[] = [
  {
    id: 'disk-full',
    class: 'disk-full',
    title: 'disk full',
    means: "the engine's disk is full: the oldest half of its cache goes, and the build is tried once more",
    remedy: 'free-space-and-rebuild',
    pattern: /no space left on device|disk quota exceeded/i,
    verdict: diskFull,
    samples: [
      {
        text: 'failed to copy files: write /var/lib/docker/overlay2/x/a: no space left on device',
        step: '[2/3] COPY . .',
      },
    ],
    source: 'moby/moby#52721, measured',
  },
  {
    id: 'builder-killed',
    class: 'memory',
    title: 'builder killed',
    means: 'a process of the engine was killed, or got no memory',
    remedy: 'rebuild-alone',
    pattern: /signal: killed|exit status 137|cannot allocate memory/i,
    verdict: stepKilled,
    samples: [
      {
        text: 'executor failed running [/bin/sh -c one]: runc did not terminate sucessfully: exit status 137',
        step: '[2/3] RUN one',
      },
      { text: 'failed to solve: fork/exec /usr/bin/runc: cannot allocate memory', step: '[2/3] RUN one' },
    ],
    source: 'measured',
  },
];
