import type { RegistryError } from '../../errors/xgen-error.ts';
import { inquire, nameOf, registryError, type Where } from './registry-error.ts';
import type { TransportError } from './transport-error.ts';

/** The registry could not be talked to. */
export function unreachable(where: Where, error: TransportError): RegistryError {
  const said = failureWords(where, error);
  const code = error.kind === 'too-large' ? 'REGISTRY_FAILED' : 'REGISTRY_UNREACHABLE';
  return registryError(where, { code, ...said, evidence: [error.message], cause: error });
}

function failureWords(where: Where, error: TransportError): { message: string; hint: string } {
  const name = nameOf(where);
  const inConfig = 'the registry hosts in project.yaml';
  switch (error.kind) {
    case 'refused':
      return {
        message: `the registry ${name} refuses connections: nothing listens there`,
        hint: `see that it runs (curl -sS https://${where.apiHost}/v2/) and check its port in ${inConfig}`,
      };
    case 'no-such-host':
      return {
        message: `the registry ${name} is not found: no address for this name`,
        hint: `check ${inConfig} and this machine's DNS: getent hosts ${where.apiHost.replace(/:\d+$/, '')}`,
      };
    case 'timeout':
      return {
        message: `the registry ${name} did not answer in time`,
        hint: `check the network, VPN and firewall on the way: curl -sS -m 10 https://${where.apiHost}/v2/`,
      };
    case 'plain-http':
      return {
        message: `the registry ${name} speaks plain HTTP, and HTTPS was expected`,
        hint:
          `give it a certificate, or add "${where.host}" to "insecure-registries" in the engine's ` +
          '/etc/docker/daemon.json and restart the engine; xgen-build goes by what the engine says',
      };
    case 'certificate':
      return {
        message: `the certificate of the registry ${name} is not trusted`,
        hint:
          `put its authority into /etc/docker/certs.d/${where.host}/ca.crt (the engine reads it there too), ` +
          'or name it in NODE_EXTRA_CA_CERTS',
      };
    case 'too-large':
      return {
        message: `the registry ${name} answered with more than an answer of this kind can be`,
        hint: inquire(where),
      };
    case 'not-http':
      return { message: `what listens at ${name} does not speak HTTP`, hint: `check the port in ${inConfig}` };
    case 'broken':
      return { message: `the connection to the registry ${name} broke`, hint: 'run the command again' };
    default:
      return { message: `the registry ${name} cannot be reached: ${error.message}`, hint: inquire(where) };
  }
}
