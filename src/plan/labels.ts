/** Where the image's source is, without credentials. Name by the OCI image specification. */
export const SOURCE_LABEL = 'org.opencontainers.image.source';
/** The commit that was built, 40 hexadecimal digits. Name by the OCI image specification. */
export const REVISION_LABEL = 'org.opencontainers.image.revision';
/** Hash of all that goes into the build: tells whether an image in the registry is the one this build would make. */
export const FINGERPRINT_LABEL = 'io.xgen-build.fingerprint';

/**
 * The labels of a built image. The number is not among them: an unchanged source gives an unchanged digest, whatever
 * its number.
 */
export function imageLabels(image: { source: string; commit: string; fingerprint: string }): Record<string, string> {
  return {
    [SOURCE_LABEL]: withoutCredentials(image.source),
    [REVISION_LABEL]: image.commit,
    [FINGERPRINT_LABEL]: image.fingerprint,
  };
}

/** A URL without what stands before the `@`; text that is no URL (`git@host:path`) stays: its user is no secret. */
function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  // The user of an ssh address is part of the address; a password never is.
  if (parsed.protocol !== 'ssh:') parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
