import { baseUnreachable } from './base-image-verdicts.ts';
import { unreachable } from './push-verdicts.ts';
import { BASE_STEP, either, permanent, type Rule } from './rule.ts';
import { refused, stepFailed } from './step-verdicts.ts';

const LLB = 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: ';

/** Permanent, and so wide that they would hide what stands before them. */
export const LAST_RULES: readonly Rule[] = permanent([
  {
    id: 'unreachable',
    title: 'not reachable',
    means: 'the engine cannot reach the registry, for a reason that waiting does not mend',
    pattern: /dial tcp|timeout|EOF/i,
    at: BASE_STEP,
    verdict: either(baseUnreachable, unreachable),
    samples: [
      {
        text: `${LLB}failed to do request: Head "https://r/v2/": dial tcp: lookup r: no route`,
        step: '[internal] load metadata for r/x:1',
      },
    ],
    source: 'measured',
  },
  {
    id: 'dockerfile-refused',
    title: 'Dockerfile refused',
    means: 'the builder refuses the Dockerfile',
    pattern:
      /failed to create LLB definition: (?<what>(?![^]*(?:no such file|failed (?:commit|to copy|to do)|rpc error|: not found))[^]*)|failed to solve: (?<what2>base name \([^]*|circular dependency[^]*|[^]*should not be blank[^]*)/,
    during: 'build',
    verdict: refused,
    samples: [{ text: `${LLB}base name ($BASE) should not be blank` }],
    source: 'measured',
  },
  {
    id: 'step-not-run',
    title: 'step failed',
    means: 'a RUN step failed without an exit code of its own',
    pattern: /executor failed running \[|" did not complete successfully: /,
    during: 'build',
    quotesCommand: true,
    verdict: stepFailed,
    samples: [
      { text: 'executor failed running [/bin/sh -c one]: runc did not terminate sucessfully', step: '[2/3] RUN one' },
    ],
    source: 'measured',
  },
]);
