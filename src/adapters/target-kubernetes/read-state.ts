import type { TargetState, Tracker } from '../../ports/target.ts';
import { parseImage, type Digest } from '../../values/image-reference.ts';
import { siteOfImage } from '../../values/site-of-image.ts';
import { parseJson, provenImages } from '../proven-entries.ts';
import { readOwn } from './annotations.ts';
import type { Texts, Workload } from './objects.ts';
import type { Place } from './place.ts';
import { parseImageId } from './image-check.ts';
import { isReady, podsOf, rolloutOf, statusOfContainer } from './pods.ts';
import { runningDigest, type Reading } from './reading.ts';
import { containerOf } from './workload.ts';

/** What runs in the target, from the workload's own annotations and from what its pods say that they run. */
export async function readState(place: Place, reading: Reading | null, signal: AbortSignal): Promise<TargetState> {
  // A workload is made from a manifest that nobody but its authors can write.
  if (reading === null) return { status: 'missing', canCreate: false };
  const { target } = place;
  const { workload, own } = reading;
  const image = containerOf(target, workload)?.image ?? '';
  const digest = await runningDigest(place, reading, signal);
  const list = readOwn(workload.metadata.annotations ?? {})?.proven ?? [];
  const isOwn = own !== null && own.digest === digest;
  const known = isOwn ? own : (list.find((entry) => entry.digest === digest) ?? null);
  const ready = reading.pods.filter(isReady).length;
  const isUp = podsOf(reading.pods, rolloutOf(workload)).some(isReady);
  return {
    status: 'present',
    site: own === null ? siteOfImage(image, { path: target.repository.path, service: target.service }) : own.site,
    digest,
    runs: digestsOf(place, { reading, image, digest }),
    image,
    number: known?.number ?? null,
    commit: known?.commit ?? null,
    since: own?.startedAt ?? null,
    startedBy: own?.startedBy ?? null,
    running: ready > 0,
    replicas: ready,
    proven: provenImages(list, target.site).filter((entry) => entry.digest !== digest),
    // After a way back that failed the template says what ran well, and its pods do not.
    isProven: isOwn && own.state === 'proven' && isUp,
    tracker: trackerOf(place, workload),
  };
}

/** What any pod runs, of older templates too, what the template names, and what the last rollout brought. */
function digestsOf(
  { target }: Place,
  { reading, image, digest }: { reading: Reading; image: string; digest: Digest | null },
): readonly Digest[] {
  const pods = reading.pods.map((pod) => parseImageId(statusOfContainer(pod, target.container)?.imageID ?? '')?.digest);
  const all = [digest, parseImage(image)?.digest, reading.own?.digest, ...pods];
  return [...new Set(all.flatMap((one) => one ?? []))];
}

const TRACKING_ID = 'argocd.argoproj.io/tracking-id';
const INSTANCE = 'argocd.argoproj.io/instance';
const COMMON_INSTANCE = 'app.kubernetes.io/instance';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Argo CD marks what it syncs with an annotation or a label; the common label alone is Helm's too, and counts only where
 * it names the application of the configuration.
 */
export function trackerOf({ target }: Pick<Place, 'target'>, { metadata }: Workload): Tracker | null {
  const { annotations = {}, labels = {} } = metadata;
  const { argocdApp } = target.kubernetes;
  const common = labels[COMMON_INSTANCE];
  const app =
    annotations[TRACKING_ID]?.split(':')[0] ??
    labels[INSTANCE] ??
    (argocdApp !== null && common === argocdApp ? common : undefined);
  if (app === undefined || app === '') return null;
  return { name: `Argo CD application ${app}`, image: lastApplied(annotations, target.container) };
}

/** The image that the last sync wrote, which is the one that the next sync writes until its source changes. */
function lastApplied(annotations: Texts, container: string): string | null {
  const applied = parseJson(annotations[LAST_APPLIED] ?? '') as Partial<Workload> | null;
  const containers = applied?.spec?.template?.spec?.containers;
  if (!Array.isArray(containers)) return null;
  const image: unknown = (containers as { name?: unknown; image?: unknown }[]).find(
    ({ name }) => name === container,
  )?.image;
  return typeof image === 'string' ? image : null;
}
