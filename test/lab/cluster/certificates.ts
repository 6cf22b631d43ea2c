import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = promisify(execFile);

/** Who a certificate is for: Kubernetes reads the user from CN and its groups from O. */
interface Subject {
  readonly user: string;
  readonly group: string;
  /** Where a server answers under this certificate: `IP:127.0.0.1`. */
  readonly names?: string;
}

const SUBJECTS = {
  apiserver: { user: 'kube-apiserver', group: 'lab', names: 'IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc' },
  'kubelet-client': { user: 'apiserver-kubelet-client', group: 'system:masters' },
  admin: { user: 'admin', group: 'system:masters' },
  'controller-manager': { user: 'system:kube-controller-manager', group: 'lab' },
  scheduler: { user: 'system:kube-scheduler', group: 'lab' },
} as const satisfies Record<string, Subject>;

export type CertificateName = keyof typeof SUBJECTS | 'kubelet';

/**
 * Makes the cluster's authority and certificates in `folder`: `ca.crt`, `NAME.crt`, `NAME.key`, and `sa.key` and
 * `sa.pub` for the tokens of service accounts.
 */
export async function makeCertificates(folder: string, node: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeKey(folder, 'ca');
  const serviceAccounts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = { format: 'pem' } as const;
  writeFileSync(join(folder, 'sa.key'), serviceAccounts.privateKey.export({ ...pem, type: 'pkcs8' }), { mode: 0o600 });
  writeFileSync(join(folder, 'sa.pub'), serviceAccounts.publicKey.export({ ...pem, type: 'spki' }));
  // Two authorities of one name and different keys confuse clients that know both.
  const authority = ['-subj', `/CN=${node}-authority`, '-days', '30', '-out', join(folder, 'ca.crt')];
  await openssl('openssl', ['req', '-x509', '-new', '-key', join(folder, 'ca.key'), ...authority]);
  const subjects: Record<string, Subject> = {
    ...SUBJECTS,
    kubelet: { user: `system:node:${node}`, group: 'system:nodes' },
  };
  let serial = 1;
  await Promise.all(
    Object.entries(subjects).map(([name, subject]) => sign(folder, name, { subject, serial: ++serial })),
  );
}

async function sign(folder: string, name: string, of: { subject: Subject; serial: number }): Promise<void> {
  const path = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const { user, group, names } = of.subject;
  writeKey(folder, name);
  const extensions = ['keyUsage=digitalSignature', 'extendedKeyUsage=serverAuth,clientAuth'];
  if (names !== undefined) extensions.push(`subjectAltName=${names}`);
  writeFileSync(path('ext'), extensions.join('\n'));
  const request = ['-new', '-key', path('key'), '-subj', `/O=${group}/CN=${user}`, '-out', path('csr')];
  await openssl('openssl', ['req', ...request]);
  const authority = ['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key'), '-set_serial', String(of.serial)];
  const output = ['-days', '30', '-extfile', path('ext'), '-out', path('crt')];
  await openssl('openssl', ['x509', '-req', '-in', path('csr'), ...authority, ...output]);
}

function writeKey(folder: string, name: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(folder, `${name}.key`), privateKey.export({ format: 'pem', type: 'sec1' }), { mode: 0o600 });
}

/** How somebody shows who they are: by certificate, or by token. */
export type KubeUser =
  | { readonly certificate: { readonly folder: string; readonly name: CertificateName } }
  | { readonly token: string };

/** A kubeconfig of one context, as JSON, which is YAML too. */
export function kubeconfig(of: {
  readonly name: string;
  readonly server: string;
  readonly caFile: string;
  readonly user: KubeUser;
  readonly namespace?: string;
}): string {
  const base64 = (file: string): string => readFileSync(file).toString('base64');
  const { user } = of;
  const shown =
    'token' in user
      ? { token: user.token }
      : {
          'client-certificate-data': base64(join(user.certificate.folder, `${user.certificate.name}.crt`)),
          'client-key-data': base64(join(user.certificate.folder, `${user.certificate.name}.key`)),
        };
  const context = {
    cluster: of.name,
    user: of.name,
    ...(of.namespace === undefined ? {} : { namespace: of.namespace }),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: of.name, cluster: { server: of.server, 'certificate-authority-data': base64(of.caFile) } }],
    users: [{ name: of.name, user: shown }],
    contexts: [{ name: of.name, context }],
    'current-context': of.name,
  });
}
