import { CredentialError } from '../../errors/xgen-error.ts';
import type { Credentials, CredentialUse, Login } from '../../ports/credentials.ts';
import type { Redactor } from '../../ports/redactor.ts';
import { dockerConfigPath, findInDockerConfig } from './docker-config.ts';
import type { RunHelper } from './docker-helper.ts';
import { findInEnvironment, variableOf, type Environment } from './environment.ts';
import { findInFolder } from './folder.ts';
import { parseLogin, type Found } from './parse-login.ts';

/** Asks git's own credential helpers (`git credential fill`); null where they know nothing. */
export type AskGitCredential = (url: string) => Promise<Omit<Login, 'from'> | null>;

export interface CredentialsOptions {
  readonly environment: Environment;
  /** The folder of the Docker client's configuration. */
  readonly dockerConfigDir: string;
  readonly askGitCredential: AskGitCredential;
  readonly runHelper: RunHelper;
  readonly redactor: Redactor;
}

const FOLDER_VARIABLE = 'XGEN_CREDENTIALS_DIR';

/**
 * Finds logins: environment, credentials folder, then the Docker configuration (registries) or git's helpers (sources).
 * Each is looked up once per process; what is not found is looked for again, so that it can be added meanwhile.
 * Nothing is ever written.
 */
export function createCredentials(options: CredentialsOptions): Credentials {
  const kept = new Map<string, Promise<Login | null>>();

  async function once(key: string, look: () => Promise<Login | null>): Promise<Login | null> {
    const running = kept.get(key) ?? look();
    kept.set(key, running);
    try {
      const login = await running;
      if (login === null) kept.delete(key);
      else hide(options.redactor, login);
      return login;
    } catch (error) {
      kept.delete(key);
      throw error;
    }
  }

  return {
    async require(credentialId, use) {
      const key = JSON.stringify([credentialId, use]);
      const login = await once(key, async () => {
        const own = await findById(options, credentialId, use);
        return own ?? findElsewhere(options, use);
      }).catch((error: unknown) => {
        throw naming(credentialId, error);
      });
      if (login === null) throw missing(options, credentialId, use);
      return login;
    },
    find: (use) => once(JSON.stringify([null, use]), () => findElsewhere(options, use)),
  };
}

function hide(redactor: Redactor, { username, password }: Login): void {
  redactor.add(password);
  if (username !== '') redactor.add(`${username}:${password}`);
}

async function findById(options: CredentialsOptions, credentialId: string, use: CredentialUse): Promise<Login | null> {
  const { environment } = options;
  const folder = environment[FOLDER_VARIABLE] ?? '';
  const found =
    findInEnvironment(environment, credentialId) ?? (folder === '' ? null : await findInFolder(folder, credentialId));
  return found === null ? null : readLogin(options.redactor, found, use);
}

async function findElsewhere(options: CredentialsOptions, use: CredentialUse): Promise<Login | null> {
  if (use.kind === 'secret') return null;
  if (use.kind === 'source') {
    const login = await options.askGitCredential(use.url);
    return login === null ? null : { ...login, from: "git's credential helpers" };
  }
  const found = await findInDockerConfig(options.dockerConfigDir, use.host, options.runHelper);
  return found === null ? null : readLogin(options.redactor, found, use);
}

/** A credential that turns out to be unusable is a secret all the same. */
function readLogin(redactor: Redactor, found: Found, use: CredentialUse): Login {
  redactor.add(secretIn(found).trim());
  return parseLogin(found, use.kind);
}

function secretIn(found: Found): string {
  if (found.kind === 'pair') return found.password;
  return found.kind === 'token' ? found.token : found.text;
}

/** The error with the id that the configuration says; where the login came from is in its message. */
function naming(credentialId: string, error: unknown): unknown {
  if (!(error instanceof CredentialError) || error.message.includes(`"${credentialId}"`)) return error;
  const { code, hint, facts, evidence, message } = error;
  return new CredentialError({
    code,
    message: `credentialId "${credentialId}" cannot be used: ${message}`,
    hint,
    facts: { ...facts, credentialId },
    evidence,
    cause: error,
  });
}

function missing(options: CredentialsOptions, credentialId: string, use: CredentialUse): CredentialError {
  const variable = variableOf(credentialId);
  const folder = options.environment[FOLDER_VARIABLE] ?? '';
  const places = [
    `environment ${variable}: not set`,
    folder === '' ? `folder ${FOLDER_VARIABLE}: not set` : `folder ${folder}: has no ${credentialId}`,
    ...lastPlace(options, use),
  ];
  const login = use.kind === 'registry' ? `, or type: docker login ${use.host}` : '';
  const shape = use.kind === 'secret' ? 'the secret' : 'user:password or a token';
  const inFolder = folder === '' ? `put it into a folder that ${FOLDER_VARIABLE} names` : `put it into ${folder}`;
  return new CredentialError({
    code: 'CREDENTIAL_MISSING',
    message: `there is no login for credentialId "${credentialId}"${neededFor(use)}`,
    hint: `set ${variable} to ${shape}, or ${inFolder}, as a file or folder "${credentialId}"${login}`,
    facts: { credentialId },
    evidence: places.map((place) => `looked at ${place}`),
  });
}

function lastPlace(options: CredentialsOptions, use: CredentialUse): readonly string[] {
  if (use.kind === 'secret') return [];
  if (use.kind === 'source') return [`git's credential helpers: nothing for ${use.url}`];
  return [`Docker configuration ${dockerConfigPath(options.dockerConfigDir)}: nothing for ${use.host}`];
}

function neededFor(use: CredentialUse): string {
  if (use.kind === 'registry') return `, which the registry ${use.host} needs`;
  return use.kind === 'source' ? `, which ${use.url} needs` : '';
}
