import { numberTag, type BuildPlan } from '../plan/build-plan.ts';
import { newestNumber, type PreviousBuild } from '../plan/build-reason.ts';
import { parseSummary } from '../plan/fingerprint.ts';
import { FINGERPRINT_LABEL, INPUTS_LABEL, REVISION_LABEL } from '../plan/labels.ts';
import type { RegistryClient } from '../ports/registry.ts';

/** Reads the labels of the newest numbered image; null where there is none or it is not an image of ours. */
export async function readPreviousBuild(read: {
  plan: BuildPlan;
  client: RegistryClient;
  tags: readonly string[];
  signal: AbortSignal;
}): Promise<PreviousBuild | null> {
  const { arch, platform } = read.plan.build;
  const number = newestNumber(read.tags, arch);
  if (number === null) return null;
  const { repository } = read.plan.image;
  const reference = numberTag(number, arch);
  const config = await read.client.getConfig({ repository, reference, platform, signal: read.signal });
  if (config === null) return null;
  return {
    number,
    digest: config.manifestDigest,
    commit: config.labels[REVISION_LABEL] ?? null,
    fingerprint: config.labels[FINGERPRINT_LABEL] ?? null,
    inputs: parseSummary(config.labels[INPUTS_LABEL]),
  };
}
