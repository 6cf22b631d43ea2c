import { damaged } from './engine-verdicts.ts';
import type { Rule } from './rule.ts';

type Row = Pick<Rule, 'id' | 'means' | 'pattern' | 'samples' | 'source'> & Partial<Rule>;

const RUN = '[2/3] RUN one';
const COPY = '[3/3] COPY . .';

const ROWS: readonly Row[] = [
  {
    id: 'parent-image-unknown',
    means: 'the classic builder lost the image of the step before',
    pattern: /unknown parent image|failed to set parent|failed to export image/i,
    samples: [
      { text: 'failed to export image: unknown parent image ID sha256:1f3c' },
      { text: 'failed to set parent sha256:1f3c: unknown parent image ID sha256:1f3c' },
    ],
    source: 'moby/moby#36901, moby/moby#33974',
  },
  {
    id: 'layer-missing',
    means: "a layer is missing in the engine's store",
    pattern: /failed to get layer\b|layer does not exist/i,
    samples: [
      { text: 'failed to get layer sha256:1f3c: layer does not exist', step: RUN },
      { text: 'failed to solve: layer does not exist' },
      { text: 'layer does not exist', during: 'push' },
    ],
    source: 'moby/moby#36573, moby/moby#41595, measured',
  },
  {
    id: 'snapshot-not-a-layer',
    means: "the builder's list of snapshots is gone",
    pattern: /can ?not convert active \S+ to layer/i,
    samples: [{ text: 'can not convert active x1y2z3 to layer', step: RUN }],
    source: 'moby/moby#40858, measured',
  },
  {
    id: 'mutable-ref-invalid',
    means: 'the builder holds a reference to something that is gone',
    pattern: /invalid mutable ref/i,
    samples: [{ text: 'failed to solve: invalid mutable ref 0xc000', step: COPY }],
    source: 'moby/buildkit#1956',
  },
  {
    id: 'snapshot-missing',
    means: 'a snapshot of the cache cannot be made ready: its folder or its parent is gone',
    pattern: /parent snapshot \S+ does not exist|failed to prepare \S+/i,
    retryFirst: true,
    samples: [
      { text: 'failed to solve: parent snapshot sha256:1f3c does not exist: not found', step: RUN },
      {
        text: 'failed to prepare extraction snapshot "extract-1 sha256:1f3c": parent snapshot sha256:2a4b does not exist: not found',
        step: RUN,
      },
      {
        text: 'failed to prepare abc: open /var/lib/docker/overlay2/x/committed: no such file or directory',
        step: RUN,
      },
      {
        text: 'failed to prepare abc as def: invalid output path: stat /var/lib/docker/overlay2/x: no such file',
        step: RUN,
      },
    ],
    source: 'moby/buildkit#4024, moby/buildkit#6521, measured',
  },
  {
    id: 'lower-snapshot-missing',
    means: 'a layer below the one that is being made is gone',
    pattern: /failed to stat lower snapshot/i,
    retryFirst: true,
    samples: [{ text: 'failed to stat lower snapshot: stat /var/lib/containerd/x: no such file', step: RUN }],
    source: 'moby/buildkit#6977',
  },
  {
    id: 'overlay-mount-failed',
    means: 'layers cannot be put together: a folder of one of them is gone',
    pattern: /error creating overlay mount to|failed to mount \S*overlay/i,
    samples: [
      {
        text: 'error creating overlay mount to /var/lib/docker/overlay2/x/merged: no such file or directory',
        step: RUN,
      },
    ],
    source: 'measured',
  },
  {
    id: 'graph-inconsistent',
    means: 'the builder lost count of what depends on what; it comes with load',
    pattern: /failed to get edge|inconsistent graph state/i,
    retryFirst: true,
    samples: [{ text: 'failed to solve: failed to get edge: inconsistent graph state', step: COPY }],
    source: 'moby/buildkit#2303',
  },
  {
    id: 'cache-key-lost',
    means: 'the content behind a key of the cache is gone',
    pattern: /failed to load cache key: content digest|failed to compute cache key: blob not found/i,
    samples: [
      { text: 'failed to load cache key: content digest sha256:1f3c: not found', step: '[1/3] FROM r.example.com/x:1' },
      { text: 'failed to compute cache key: blob not found', step: COPY },
    ],
    source: 'docker/compose#11265, moby/buildkit#2332',
  },
  {
    id: 'content-missing',
    means: 'content that the builder knows is gone',
    pattern: /(?<!failed to load cache key: )content digest sha256:\S+ not found/i,
    retryFirst: true,
    samples: [{ text: 'failed to solve: content digest sha256:1f3c: not found', step: '[1/3] FROM r.example.com/x:1' }],
    source: 'docker/buildx#101, moby/buildkit#2631',
  },
  {
    id: 'blob-missing',
    means: 'a blob of the cache is gone',
    pattern: /(?<!failed to compute cache key: )\bblob (?:\S+ )?not found/i,
    during: 'build',
    samples: [
      { text: 'failed to solve: blob sha256:1f3c: not found', step: COPY },
      {
        text: 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: blob sha256:1f3c expected at /var/lib/docker/buildkit/content/blobs/sha256/1f3c: blob not found: not found',
        step: '[internal] load metadata for r.example.com/x:1',
      },
    ],
    source: 'docker/buildx#3374, measured',
  },
  {
    id: 'index-state-lost',
    means: 'the builder lost the state of a step',
    pattern: /failed to get state for index/i,
    retryFirst: true,
    samples: [{ text: 'failed to solve: failed to get state for index 0 on 0xc001', step: RUN }],
    source: 'moby/buildkit#3635',
  },
  {
    id: 'lease-missing',
    means: 'the list of leases is gone: the cache cannot be emptied, and is not used',
    pattern: /lease "?\S+"?: not found/i,
    samples: [{ text: 'failed to prune build cache: lease "x1y2z3": not found' }],
    source: 'moby/moby#40480, measured',
  },
  {
    id: 'layer-verification-failed',
    means: 'a layer is not what its digest says',
    pattern: /filesystem layer verification failed/i,
    retryFirst: true,
    samples: [
      { text: 'filesystem layer verification failed for digest sha256:1f3c', step: '[1/3] FROM r.example.com/x:1' },
      { text: 'filesystem layer verification failed for digest sha256:1f3c', during: 'push' },
    ],
    source: 'distribution/distribution#2168',
  },
  {
    id: 'configuration-damaged',
    means: 'what was once received in place of an image configuration stays in the cache, and is not what it should be',
    pattern: /failed commit on ref "?(?:config|manifest|index)-\S+ unexpected commit digest/i,
    samples: [
      {
        text: 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: failed commit on ref "config-sha256:1f3c": unexpected commit digest sha256:2a4b, expected sha256:1f3c: failed precondition',
        step: '[internal] load metadata for r.example.com/x:1',
      },
    ],
    source: 'measured',
  },
  {
    id: 'context-snapshot-missing',
    means: 'the files of the build context that the engine kept are gone',
    pattern: /failed to read dockerfile: l?stat /i,
    samples: [
      {
        text: 'failed to solve with frontend dockerfile.v0: failed to read dockerfile: stat /var/lib/docker/overlay2/x/diff: no such file or directory',
      },
    ],
    source: 'measured',
  },
  {
    id: 'cache-mount-missing',
    means: 'a folder of the engine that a step mounts is gone',
    pattern:
      /^(?:failed to solve: |rpc error: [^/]*?= )?l?stat \/\S*\/(?:overlay2|buildkit|snapshots|vfs|containerd)\/\S*: no such file/i,
    cacheMounts: true,
    samples: [
      { text: 'failed to solve: stat /var/lib/docker/overlay2/x/diff: no such file or directory', step: RUN },
      {
        text: 'executor failed running [/bin/sh -c one]: stat /var/lib/docker/overlay2/x: no such file or directory',
        step: RUN,
      },
    ],
    source: 'measured',
  },
  {
    id: 'layer-file-damaged',
    title: 'layer damaged',
    means: 'a file of a layer is damaged in the engine; it shows only when the image is pushed',
    pattern: /^(?![^]*(?:Get|Head|Put|Post|Patch) "?http)[^]*unexpected EOF|file integrity checksum failed/i,
    during: 'push',
    samples: [
      { text: 'unexpected EOF', during: 'push' },
      { text: 'file integrity checksum failed for "etc/passwd"', during: 'push' },
    ],
    source: 'measured',
  },
];

export const DAMAGE_RULES: readonly Rule[] = ROWS.map((row) => ({
  class: 'damage',
  title: 'cache damaged',
  remedy: 'prune-and-rebuild',
  verdict: damaged,
  ...row,
}));
