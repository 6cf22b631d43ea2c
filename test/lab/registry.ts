import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, logFile, startProcess, waitUntilReady } from './processes.ts';

/** One of the lab's registries. Stopping and starting it again keeps its address and what it holds. */
export interface LabRegistry {
  /** `127.0.0.1:41234` */
  readonly host: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface LoginRegistry extends LabRegistry {
  readonly username: string;
  readonly password: string;
}

/** A login with its line for the registry's password file (bcrypt; made by `htpasswd -nbBC 4`). */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly htpasswd: string;
}

/** A password with characters that `user:password`, URLs and base64 treat each in their own way. */
export const NEXUS_LOGIN: RegistryLogin = {
  username: 'nexus-pusher',
  password: 'lab-nexus:Pa/55+word',
  htpasswd: 'nexus-pusher:$2y$04$P6KUdzH43HcmqIFXfm76zuGQHhVf9pZiGaOJOSrsF1kDNI/toOo7q',
};

export const AWW_LOGIN: RegistryLogin = {
  username: 'aww-pusher',
  password: 'lab-aww-secret-71c2',
  htpasswd: 'aww-pusher:$2y$04$X3Qhyws.cTnWATcBkN4YDe5wjZzpAwpmM47zxJCthwBkPI0lzWje6',
};

/** Where a registry keeps images. */
export interface RegistryStorage {
  /** Absolute path of a folder. */
  readonly storage: string;
  /** True: nothing can be pushed, and several registries may share the folder. */
  readonly isReadOnly: boolean;
}

/** Starts a registry on a free port of loopback. Its files are in `DIRECTORY/NAME`. */
export async function startRegistry(
  directory: string,
  name: string,
  login: RegistryLogin | null,
): Promise<LabRegistry> {
  return startNew({ directory, name, login });
}

/** Starts a registry without a login on images that are kept elsewhere. */
export async function startKeptRegistry(directory: string, name: string, kept: RegistryStorage): Promise<LabRegistry> {
  return startNew({ directory, name, login: null, kept });
}

async function startNew(registry: {
  directory: string;
  name: string;
  login: RegistryLogin | null;
  kept?: RegistryStorage;
}): Promise<LabRegistry> {
  const { directory, name, login } = registry;
  mkdirSync(join(directory, name));
  if (login !== null) writeFileSync(join(directory, name, 'htpasswd'), `${login.htpasswd}\n`, { mode: 0o600 });
  const config = { ...registry, hasLogin: login !== null };
  run(config, '127.0.0.1:0');
  const host = await readAddress(directory, name);
  return registryAt({ ...config, host });
}

/** A registry that was started before, by this or another process. */
export function registryAt(registry: {
  directory: string;
  name: string;
  hasLogin: boolean;
  host: string;
  kept?: RegistryStorage;
}): LabRegistry {
  const { directory, name, host } = registry;
  return {
    host,
    stop: () => endProcess(directory, name),
    start: async () => {
      run(registry, host);
      await waitUntilReady({
        directory,
        name,
        limitMs: 10_000,
        ask: () =>
          fetch(`http://${host}/`).then(
            () => true as const,
            () => null,
          ),
      });
    },
  };
}

function run(
  { directory, name, hasLogin, kept }: { directory: string; name: string; hasLogin: boolean; kept?: RegistryStorage },
  address: string,
): void {
  const folder = join(directory, name);
  const auth = hasLogin ? `auth: {htpasswd: {realm: lab, path: ${JSON.stringify(join(folder, 'htpasswd'))}}}\n` : '';
  const { storage, isReadOnly } = kept ?? { storage: join(folder, 'data'), isReadOnly: false };
  writeFileSync(
    join(folder, 'config.yml'),
    `version: 0.1
log: {accesslog: {disabled: true}, level: info}
storage: {filesystem: {rootdirectory: ${JSON.stringify(storage)}}, delete: {enabled: true}, maintenance: {uploadpurging: {enabled: false}, readonly: {enabled: ${isReadOnly}}}}
http: {addr: "${address}", secret: lab}
${auth}`,
  );
  startProcess({
    directory,
    name,
    command: ['docker-registry', 'serve', join(folder, 'config.yml')],
    environment: { OTEL_TRACES_EXPORTER: 'none' },
  });
}

/** The kernel picks the port; the registry says which in its log. */
function readAddress(directory: string, name: string): Promise<string> {
  return waitUntilReady({
    directory,
    name,
    limitMs: 10_000,
    ask: () => {
      const match = /listening on (127\.0\.0\.1:\d+)/.exec(readFileSync(logFile(directory, name), 'utf8'));
      return Promise.resolve(match?.[1] ?? null);
    },
  });
}
