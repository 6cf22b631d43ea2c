import type { BuildInput } from '../../ports/builder.ts';
import { formatImage } from '../../values/image-reference.ts';

/** Path and query of the engine's `POST /build` for BuildKit, which calls back through the session for everything else. */
export function buildPath(input: BuildInput, ids: { readonly session: string; readonly build: string }): string {
  const query = new URLSearchParams({
    version: '2',
    remote: 'client-session',
    session: ids.session,
    buildid: ids.build,
    t: formatImage(input.localTag),
    dockerfile: 'Dockerfile',
    platform: input.platform,
    buildargs: JSON.stringify(input.args),
    labels: JSON.stringify(input.labels),
  });
  if (input.target !== null) query.set('target', input.target);
  // Only this build leaves the cache aside: nothing is pruned, other builds on the host go on using it.
  if (input.noCache) query.set('nocache', '1');
  if (input.pull) query.set('pull', '1');
  return `/build?${query.toString()}`;
}
