import type { TargetRight } from '../../ports/target.ts';
import { leastRights, OPTIONAL_RIGHTS, type Right } from '../../values/kubernetes-rights.ts';
import { ask } from './api.ts';
import type { Place } from './place.ts';

/** Asks the API server about every right, one review each. Throws TARGET_UNREACHABLE, TARGET_LOGIN_REFUSED. */
export async function readRights(place: Place, signal: AbortSignal): Promise<readonly TargetRight[]> {
  const { workload } = place.target;
  const rights = [...leastRights(workload), ...OPTIONAL_RIGHTS].flatMap((right) =>
    right.verbs.map((verb) => ({ right, verb })),
  );
  return Promise.all(
    rights.map(async ({ right, verb }) => ({
      what: `${verb} ${right.resource}${right.subresource === null ? '' : `/${right.subresource}`}`,
      isAllowed: await mayI(place, { right, verb, signal }),
      serves: right.serves,
    })),
  );
}

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

/** The subresource is a field of its own: asked as `pods/log`, the answer would be about a pod named log. */
async function mayI(
  place: Place,
  { right, verb, signal }: { right: Right; verb: string; signal: AbortSignal },
): Promise<boolean> {
  const { namespace } = place.target;
  const { group, resource, subresource } = right;
  const name = resource === 'namespaces' ? { name: namespace } : {};
  const attributes = { namespace, verb, group, resource, ...name, ...(subresource === null ? {} : { subresource }) };
  const { value } = await ask<Review>(place, {
    verb: 'create',
    resource: 'selfsubjectaccessreviews',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    },
    signal,
  });
  return value.status?.allowed === true;
}
