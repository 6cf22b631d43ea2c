import type { ContainerInspectInfo } from 'dockerode';
import type { TargetState } from '../../ports/target.ts';
import { parseImage, type Digest } from '../../values/image-reference.ts';
import { siteOfImage } from '../../values/site-of-image.ts';
import { provenImages } from '../proven-entries.ts';
import { readLabels, type OwnLabels } from './container-labels.ts';
import { inspectContainer } from './container-actions.ts';
import type { Found } from './find-containers.ts';
import type { Place } from './place.ts';
import { inspectImage } from './pull-image.ts';

/** What runs in the target, from the container that counts: a proven one that has not taken the name yet is it already. */
export async function readState(place: Place, found: Found, signal: AbortSignal): Promise<TargetState> {
  const container = found.staged?.stage === 'proven' ? found.staged : found.current;
  const inspected = container === null ? null : await inspectContainer(place, container.id, signal);
  if (inspected === null) return { status: 'missing', canCreate: true };
  const { image, digest, own } = await identifyImage(place, inspected, signal);
  const { service, site, repository } = place.target;
  const siteOfLabels = own !== null && own.service === service && own.site !== '' ? own.site : null;
  const running = inspected.State.Running && !inspected.State.Restarting;
  return {
    status: 'present',
    site: own === null ? siteOfImage(image, { path: repository.path, service }) : siteOfLabels,
    digest,
    runs: digest === null ? [] : [digest],
    image,
    number: own?.number ?? null,
    commit: own?.commit ?? null,
    since: own?.startedAt ?? null,
    startedBy: own?.startedBy ?? null,
    running,
    replicas: running ? 1 : 0,
    proven: provenImages(own?.proven ?? [], site).filter((entry) => entry.digest !== digest),
    isProven: own !== null,
    tracker: null,
  };
}

export interface IdentifiedImage {
  /** As the container names it. */
  readonly image: string;
  readonly digest: Digest | null;
  /** Our labels, where they speak of the image that really runs. */
  readonly own: OwnLabels | null;
}

/**
 * Which image a container runs. A reference by digest is what the engine made the container from; for any other name
 * the image's own list of digests is asked, first for the same repository.
 */
export async function identifyImage(
  place: Place,
  container: ContainerInspectInfo,
  signal: AbortSignal,
): Promise<IdentifiedImage> {
  const image = container.Config.Image;
  const named = parseImage(image);
  const digest = named?.digest ?? (await digestOfStore(place, container, signal));
  const labels = readLabels(container.Config.Labels ?? {});
  return { image, digest, own: labels !== null && labels.digest === digest ? labels : null };
}

async function digestOfStore(
  place: Place,
  container: ContainerInspectInfo,
  signal: AbortSignal,
): Promise<Digest | null> {
  const image = await inspectImage(place, container.Image, signal);
  const known = (image?.repoDigests ?? []).flatMap((text) => parseImage(text) ?? []);
  const named = parseImage(container.Config.Image);
  const same = known.find(({ host, path }) => host === named?.host && path === named.path);
  return same?.digest ?? known[0]?.digest ?? null;
}
