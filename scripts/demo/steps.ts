import { foldersWith, removeFolders } from '../../test/lab/damage/layers.ts';
import { exampleContent } from '../../test/lab/examples.ts';
import type { Stage } from './stage.ts';

export interface Step {
  /** One sentence: what it shows. */
  readonly shows: string;
  /** Steps that it stands on, by their number. */
  readonly needs: readonly number[];
  readonly play: (stage: Stage) => Promise<void>;
}

const SERVICE = 'xgen-core';
const SITE = 'lotteimall';

/** A program that ends at once, and says why. */
export const BROKEN = `import os
import sys

if "REDIS_PASSWORD" not in os.environ:
    sys.exit("REDIS_PASSWORD is not set")
`;

/** In the order in which they are shown, from 1. */
export const STEPS: readonly Step[] = [
  {
    shows: "The main job builds a customer's branch of a service, pushes it, and rolls it out to dev, then to prd.",
    needs: [],
    play: async ({ xgen }) => xgen([SERVICE, '--site', SITE, '--env', 'both']),
  },
  {
    shows: 'What was pushed is what runs: both environments answer with the site and the commit they were built from.',
    needs: [1],
    play: async (stage) => {
      await showAnswers(stage, ['dev', 'prd']);
      await stage.xgen(['status', SERVICE, '--site', SITE]);
    },
  },
  {
    shows:
      'build-all builds all four kinds of service side by side: FastAPI, Axum, Next.js, and MCP with Node.js tools.',
    needs: [],
    play: async ({ xgen }) => xgen(['build-all', '--site', SITE, '--env', 'dev']),
  },
  {
    shows: 'Once more, and nothing is to be done: that is found out without a clone and without a build.',
    needs: [3],
    play: async ({ xgen }) => xgen(['build-all', '--site', SITE, '--env', 'dev']),
  },
  {
    shows:
      "A layer of the engine's cache is damaged on purpose; the build sees what it is, mends the cache, and succeeds.",
    needs: [1],
    play: damageAndBuild,
  },
  {
    shows: 'A commit breaks the service: the rollout does not end well, and what ran before is back.',
    needs: [1],
    play: breakAndDeploy,
  },
];

async function damageAndBuild(stage: Stage): Promise<void> {
  const { infra, lab, ownsEngine, say, xgen } = stage;
  if (!ownsEngine) {
    say('\nLeft out: the engine is yours, and is not damaged.\n');
    return;
  }
  await commitMessage(stage, 'no session has this id');
  // A layer between others that no container runs on.
  removeFolders(foldersWith(lab.directory, 'tmp/read-dependencies.py'));
  say(`\n(removed a layer from ${lab.directory}/data/overlay2, as a full disk or a hard reset would)\n`);
  await xgen([SERVICE, '--site', SITE, '--env', 'dev']);
  say(`\nEach try is kept: xgen-build history ${SERVICE}, in ${infra.root}\n`);
}

async function breakAndDeploy(stage: Stage): Promise<void> {
  const { infra, xgen } = stage;
  await infra.commit({
    service: SERVICE,
    branch: SITE,
    files: { 'main.py': BROKEN },
    message: 'Read the password of Redis',
  });
  // A failed rollout is a warning in dev (exit code 3), and a failure elsewhere.
  await xgen([SERVICE, '--site', SITE, '--env', 'dev'], [3]);
  await showAnswers(stage, ['dev']);
}

async function commitMessage({ infra }: Stage, words: string): Promise<void> {
  const source = exampleContent().sourceOf(SERVICE, SITE)['main.py'];
  if (typeof source !== 'string') throw new TypeError('main.py of the example is text');
  await infra.commit({
    service: SERVICE,
    branch: SITE,
    files: { 'main.py': source.replace('there is no such session', words) },
    message: 'Say more clearly that there is no session',
  });
}

async function showAnswers({ infra, say }: Stage, envs: readonly string[]): Promise<void> {
  say('\n');
  for (const env of envs) {
    const answer = await infra.ask(env, SERVICE);
    if (answer === null) throw new Error(`the container of ${SERVICE} in ${env} does not answer`);
    say(`$ curl http://${infra.published(env, SERVICE)}/health   # ${env}\n${answer.trim()}\n`);
  }
}
