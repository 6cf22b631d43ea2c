/** A login. A bare token has an empty user name. */
export interface Login {
  readonly username: string;
  readonly password: string;
  /** Where it was found, for messages: `environment XGEN_CREDENTIAL_NEXUS_CREDENTIALS`. Never the secret itself. */
  readonly from: string;
}

export type CredentialUse =
  | { readonly kind: 'registry'; readonly host: string }
  | { readonly kind: 'source'; readonly url: string }
  | { readonly kind: 'secret' };

/**
 * Finds logins by the order of the contract: environment, credentials folder, then for registries the Docker
 * configuration with its helpers, for sources git's own helpers. Adds what it finds to the redactor.
 */
export interface Credentials {
  /**
   * The login for a credentialId.
   * Throws CREDENTIAL_MISSING, naming the places that were looked at, or CREDENTIAL_INVALID.
   */
  require(credentialId: string, use: CredentialUse): Promise<Login>;
  /** A login for a host or URL without a credentialId (base images, open repositories); null where there is none. */
  find(use: CredentialUse): Promise<Login | null>;
}
