import { z } from 'zod';
import { BUILD_ARGUMENT, CREDENTIAL_ID, SECRET_ID, VARIABLE_NAME } from '../values/names.ts';
import { machinePathProblem } from '../values/paths.ts';
import { checkedText, name, path } from './fields.ts';

const SOURCES = ['file', 'env', 'credentialId'] as const;

/** Build arguments: a name and its text. */
export const BuildArgs = z.record(
  name(BUILD_ARGUMENT),
  checkedText((text) => (text.includes('\0') ? 'it holds a NUL character' : null)),
);

/** A BuildKit secret and where its value is read from: exactly one of the three places. */
export const BuildSecret = z
  .strictObject({
    id: name(SECRET_ID).describe('Id by which the Dockerfile mounts it: `RUN --mount=type=secret,id=ID`.'),
    file: path(machinePathProblem)
      .optional()
      .describe(
        'File that holds it, such as a CA bundle: absolute, or relative to the infra root and inside it. Default: none.',
      ),
    env: name(VARIABLE_NAME).optional().describe('Environment variable that holds it. Default: none.'),
    credentialId: name(CREDENTIAL_ID).optional().describe('Credential whose password or token it is. Default: none.'),
  })
  .superRefine((secret, context) => {
    const given = SOURCES.filter((source) => secret[source] !== undefined);
    if (given.length === 1) return;
    const found = given.length === 0 ? 'found none' : `found ${given.join(' and ')}`;
    context.addIssue({ code: 'custom', message: `expected exactly one of file, env and credentialId, ${found}` });
  })
  .meta({ oneOf: SOURCES.map((source) => ({ required: [source] })) });
export type BuildSecret = z.output<typeof BuildSecret>;

/** Secrets with ids of their own. */
export const BuildSecrets = z.array(BuildSecret).superRefine((secrets, context) => {
  const ids = secrets.map((secret) => secret.id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'id'], message: `the id "${id}" is there twice` });
  }
});
