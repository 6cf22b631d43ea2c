import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../errors/codes.ts';

/*
 * The shape of the JSON result. It says the same as the types in `ports/result.ts`, which the rest of the program uses
 * without loading zod; a test holds the two together.
 */
const DigestSchema = z
  .templateLiteral(['sha256:', z.string().regex(/[0-9a-f]{64}/)])
  .describe('content digest: sha256: and 64 hexadecimal digits');
const DurationSchema = z.number().nonnegative().describe('milliseconds');
const CommitSchema = z.string().describe('40 hexadecimal digits');

const ErrorReportSchema = z
  .strictObject({
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]).describe('stable; see errors.md'),
    message: z.string().describe('what happened and why'),
    stage: z.string().nullable().describe('the stage in which it happened; null before the first'),
    hint: z.string().nullable().describe('what to type or change next'),
    evidence: z.array(z.string()).describe('lines quoted from the part that failed'),
  })
  .meta({ id: 'error' });

const RolloutSchema = z
  .strictObject({
    env: z.string(),
    status: z.enum(['succeeded', 'failed', 'rolled-back', 'skipped', 'same-cluster', 'exported', 'not-started']),
    deployment: z.string(),
    replicas: z.int().nonnegative(),
    number: z
      .int()
      .nullable()
      .describe('N of the image that was to run there; null where nothing was to, or it has no number'),
    digest: DigestSchema.nullable().describe('what was proven to run; null where nothing was'),
    previous: z
      .strictObject({ number: z.int().nullable(), digest: DigestSchema })
      .nullable()
      .describe('what ran before; null where nothing did'),
    rollbackCommand: z.string().nullable().describe('to paste: brings back what ran before'),
    nativeRollbackCommand: z.string().nullable().describe("the same with the target's own tool"),
    detail: z.string().describe('what was seen, or why it did not go well'),
    error: ErrorReportSchema.nullable(),
    durationMs: DurationSchema,
  })
  .meta({ id: 'rollout' });

const ParametersSchema = z.strictObject({
  site: z.string(),
  env: z.array(z.string()).describe('in the order of the rollouts'),
  tag: z.string(),
  arch: z.enum(['amd64', 'arm64']),
  registry: z.enum(['nexus', 'local']),
  deploy: z.boolean(),
  noCache: z.boolean(),
  rebuild: z.boolean(),
  number: z.int().nullable().describe('an explicit --number'),
  switchSite: z.boolean(),
  trigger: z.enum(['person', 'automatic']),
  jenkinsBuildNumber: z.string().nullable().describe("Jenkins' BUILD_NUMBER, recorded and never used as bN"),
});

const AttemptSchema = z.strictObject({
  stage: z.string().describe('the stage that it was a try of'),
  rule: z.string().describe('the rule of docs/healing.md that knew the failure; unknown where none did'),
  outcome: z.enum(['permanent', 'transient', 'cache-damage', 'disk-full', 'out-of-memory', 'unknown-failure']),
  evidence: z.string().describe('the words of the builder, engine or registry'),
  remedy: z
    .enum([
      'retry',
      'wait-and-retry',
      'wait-for-engine',
      'log-in-again',
      'push-again',
      'prune-and-rebuild',
      'remove-images-and-rebuild',
      'free-space-and-rebuild',
      'rebuild-alone',
      'none',
    ])
    .describe('what was done before the next try; none: it was the last'),
  at: z.string().describe('the engine or registry that it was'),
  durationMs: DurationSchema.describe('of the try and of what was done after it: the time that was lost'),
});

const StageSchema = z.strictObject({
  name: z.string().describe('check, checkout, overlay, build, push, cleanup or rollout ENV'),
  status: z.enum(['succeeded', 'failed', 'canceled', 'skipped']),
  durationMs: DurationSchema,
});

/** The result of one run of the main job, as `--output json` prints it. */
export const BuildResultSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    service: z.string(),
    site: z.string(),
    status: z.enum(['succeeded', 'unstable', 'failed', 'canceled', 'superseded']),
    number: z.int().nullable().describe('N of bN; null where none was drawn'),
    commit: CommitSchema.nullable().describe('the commit that was built'),
    image: z.string().nullable().describe('the image by its moving tag; null where that was not set'),
    buildImage: z.string().nullable().describe('the image by its own tag, bN; null where it was not pushed'),
    digest: DigestSchema.nullable().describe('digest of the pushed image'),
    built: z.boolean().describe('false where an image that exists was used'),
    reason: z.string().describe('why it was built, or why not'),
    attempts: z.array(AttemptSchema).describe('the tries that failed, in order'),
    stages: z.array(StageSchema),
    rollouts: z.array(RolloutSchema),
    parameters: ParametersSchema,
    infra: z
      .strictObject({ commit: CommitSchema.nullable(), dirty: z.boolean() })
      .describe('the checkout that the configuration was read from'),
    startedBy: z.string(),
    warnings: z.array(z.string()),
    error: ErrorReportSchema.nullable(),
    durationMs: DurationSchema,
  })
  .meta({ id: 'build-result', title: 'Result of xgen-build' });

const ServicesSchema = z.array(z.string());

/** The result of build-all, as `--output json` prints it. */
export const BuildAllResultSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    status: z
      .enum(['succeeded', 'unstable', 'failed', 'canceled'])
      .describe('unstable: some failed or are unstable, and others are not; failed: all that were begun'),
    succeeded: ServicesSchema,
    failed: ServicesSchema,
    unstable: ServicesSchema,
    skipped: ServicesSchema.describe('never begun, or a newer build took its place'),
    canceled: ServicesSchema,
    results: z.array(BuildResultSchema).describe('of each service that was begun, in the order of services.yaml'),
    durationMs: DurationSchema,
  })
  .meta({ id: 'build-all-result', title: 'Result of xgen-build build-all' });

/** What `--output json` prints where a command ended before its work began: exit code 2 most often. */
export const RefusalSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    status: z.enum(['failed', 'canceled']),
    error: ErrorReportSchema,
  })
  .meta({ id: 'refusal', title: 'A command that ended before it began' });

/** The JSON Schema of the result: the text of `docs/result.schema.json`. */
export function resultSchemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(z.union([BuildResultSchema, BuildAllResultSchema, RefusalSchema])), null, 2)}\n`;
}
