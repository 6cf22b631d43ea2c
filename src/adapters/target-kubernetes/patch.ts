import type { AnnotationPatch } from './annotations.ts';
import { ask } from './api.ts';
import type { Workload } from './objects.ts';
import type { Place } from './place.ts';
import { kindOf, workloadPath } from './workload.ts';

/** What is changed of a workload. */
export interface Change {
  readonly annotations?: AnnotationPatch;
  /** Annotations of the template; any change of them is a rollout. */
  readonly template?: AnnotationPatch;
  readonly image?: string;
}

/** Who a change is from, in the object's own record of changes. */
export const FIELD_MANAGER = 'xgen-build';

/**
 * A strategic merge patch: of the containers only the named one is touched, and of that only the image. With a
 * resourceVersion it changes exactly what was looked at, or nothing.
 */
export function patchBody(container: string, change: Change, resourceVersion: string | null) {
  const { annotations, template, image } = change;
  return {
    metadata: {
      ...(resourceVersion === null ? {} : { resourceVersion }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(template === undefined && image === undefined
      ? {}
      : {
          spec: {
            template: {
              ...(template === undefined ? {} : { metadata: { annotations: template } }),
              ...(image === undefined ? {} : { spec: { containers: [{ name: container, image }] } }),
            },
          },
        }),
  };
}

/** Throws what `ask` throws; ROLLOUT_FAILED with status 409 where the workload was changed since. */
export async function patchWorkload(
  place: Place,
  change: Change,
  how: {
    readonly signal: AbortSignal;
    readonly resourceVersion: string | null;
    readonly patientUntilMs?: number;
    readonly isDryRun?: boolean;
  },
): Promise<Workload> {
  const { target } = place;
  const { value } = await ask<Workload>(place, {
    verb: 'patch',
    resource: kindOf(target).resource,
    path: workloadPath(target),
    query: { fieldManager: FIELD_MANAGER, ...(how.isDryRun === true ? { dryRun: 'All' } : {}) },
    contentType: 'application/strategic-merge-patch+json',
    body: patchBody(target.container, change, how.resourceVersion),
    signal: how.signal,
    ...(how.patientUntilMs === undefined ? {} : { patientUntilMs: how.patientUntilMs }),
  });
  return value;
}
