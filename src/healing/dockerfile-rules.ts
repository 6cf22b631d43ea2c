import { clientLacksBuildx, engineBroken, tooManyLayers } from './engine-verdicts.ts';
import { permanent, type Rule } from './rule.ts';
import { emptyDockerfile, targetMissing, unparsable } from './step-verdicts.ts';

const LLB = 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: ';

/** Dockerfiles that cannot be built, and engines that only a person can mend. */
export const DOCKERFILE_RULES: readonly Rule[] = permanent([
  {
    id: 'dockerfile-unparsable',
    title: 'Dockerfile wrong',
    means: 'a line of the Dockerfile cannot be read',
    pattern: /dockerfile parse error (?:on )?line (?<line>\d+): (?<what>[^]*)/i,
    during: 'build',
    verdict: unparsable,
    samples: [
      { text: `${LLB}dockerfile parse error line 2: unknown instruction: RUNN` },
      { text: 'failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)' },
    ],
    source: 'measured',
  },
  {
    id: 'dockerfile-empty',
    title: 'Dockerfile missing',
    means: 'the Dockerfile is empty or was not sent',
    pattern:
      /failed to read dockerfile: open \S*: no such file|the Dockerfile cannot be empty|file with no instructions/i,
    during: 'build',
    verdict: emptyDockerfile,
    samples: [
      { text: `${LLB}the Dockerfile cannot be empty` },
      {
        text: 'failed to solve with frontend dockerfile.v0: failed to read dockerfile: open /var/lib/docker/tmp/buildkit-mount1/Dockerfile: no such file or directory',
      },
    ],
    source: 'measured',
  },
  {
    id: 'target-missing',
    title: 'stage missing',
    means: 'the Dockerfile has no stage of the name in `target`',
    pattern: /target stage "?(?<target>[^"\s]+)"? could not be found/i,
    during: 'build',
    verdict: targetMissing,
    samples: [
      { text: `${LLB}target stage zz could not be found` },
      { text: 'failed to solve: target stage "zz" could not be found' },
    ],
    source: 'measured',
  },
  {
    id: 'too-many-layers',
    title: 'too many layers',
    means: 'the image has more layers than the engine can stack',
    pattern: /max depth exceeded/i,
    verdict: tooManyLayers,
    samples: [
      { text: 'failed to register layer: max depth exceeded', step: '[internal] load metadata for r.example.com/x:1' },
    ],
    source: 'moby/moby, layer/layer.go',
  },
  {
    id: 'buildx-missing',
    title: 'buildx missing',
    means: 'the docker client that was called has no BuildKit',
    pattern: /buildx component is missing/i,
    verdict: clientLacksBuildx,
    samples: [{ text: 'ERROR: BuildKit is enabled but the buildx component is missing or broken.' }],
    source: 'measured',
  },
  {
    id: 'engine-files-gone',
    title: 'engine broken',
    means: 'files that the engine makes at its start are gone: it has to be restarted',
    remedy: 'restart-engine',
    pattern:
      /executor\/resolv\.conf\.tmp: no such file|mkdir \S*\/content\/ingest\/\S*: no such file|invalid database/i,
    verdict: engineBroken,
    samples: [
      {
        text: `${LLB}mkdir /var/lib/docker/buildkit/content/ingest/1f3c: no such file or directory`,
        step: '[internal] load metadata for r.example.com/x:1',
      },
      {
        text: 'open /var/lib/docker/buildkit/executor/resolv.conf.tmp: no such file or directory',
        step: '[2/3] RUN one',
      },
    ],
    source: 'measured',
  },
]);
