/** A BuildKit secret as the configuration names it; its value is read when the build asks. */
export type SecretSource =
  | { readonly id: string; readonly kind: 'file'; readonly path: string }
  | { readonly id: string; readonly kind: 'env'; readonly variable: string }
  | { readonly id: string; readonly kind: 'credential'; readonly credentialId: string };

/** Reads a secret and adds it to the redactor. Throws CREDENTIAL_MISSING or CREDENTIAL_INVALID, naming id and place. */
export type ReadSecret = (source: SecretSource) => Promise<Buffer>;
