import { fingerprintOf, summaryOf, type FingerprintInputs } from './fingerprint.ts';

/** Where the image's source is, without credentials. Name by the OCI image specification. */
export const SOURCE_LABEL = 'org.opencontainers.image.source';
/** The commit that was built, 40 hexadecimal digits. Name by the OCI image specification. */
export const REVISION_LABEL = 'org.opencontainers.image.revision';
/** Hash of all that goes into the build: tells whether an image in the registry is the one this build would make. */
export const FINGERPRINT_LABEL = 'io.xgen-build.fingerprint';
/** What went into the build, hashed one by one: tells what is different now. */
export const INPUTS_LABEL = 'io.xgen-build.inputs';

/**
 * The labels of a built image. The number is not among them: an unchanged source gives an unchanged digest, whatever
 * its number.
 */
export function imageLabels(inputs: FingerprintInputs): Record<string, string> {
  return {
    [SOURCE_LABEL]: withoutCredentials(inputs.repository),
    [REVISION_LABEL]: inputs.commit,
    [FINGERPRINT_LABEL]: fingerprintOf(inputs),
    [INPUTS_LABEL]: JSON.stringify(summaryOf(inputs)),
  };
}

/** A URL without what stands before the `@`; text that is no URL (`git@host:path`) stays: its user is no secret. */
export function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  // The user of an ssh address is part of the address; a password never is.
  if (parsed.protocol !== 'ssh:') parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
