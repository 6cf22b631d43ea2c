import { RolloutError, type XgenError } from '../../errors/xgen-error.ts';
import { parseJson } from '../proven-entries.ts';
import type { Status } from './objects.ts';
import type { Place } from './place.ts';
import type { KubeAnswer, Silence } from './transport.ts';

/** What was asked, in the words of RBAC. */
export interface Request {
  readonly verb: 'get' | 'list' | 'watch' | 'patch' | 'create' | 'update' | 'delete';
  /** `deployments`, `pods/log` */
  readonly resource: string;
}

/** The HTTP status of a refusal; null for any other error. */
export function statusOf(error: unknown): number | null {
  const status = error instanceof RolloutError ? error.facts['status'] : null;
  return typeof status === 'number' ? status : null;
}

/** True where an optional right is missing. */
export function isForbidden(error: unknown): boolean {
  return error instanceof RolloutError && error.code === 'TARGET_FORBIDDEN';
}

/** An answer that is no success, in words of the person who reads it. */
export function refusal(place: Place, request: Request, answer: KubeAnswer): XgenError {
  const { target, cluster } = place;
  const words = wordsOf(answer);
  const facts = { env: target.env, server: cluster.server, status: answer.status };
  if (answer.status === 401) return loginRefused(place, words);
  if (answer.status === 403 && isRightMissing(words)) return forbidden(place, request, words);
  if (isRefusedByRule(answer.status, words)) {
    return new RolloutError({
      code: 'ROLLOUT_REFUSED',
      message: `${target.env}: the cluster refused to ${request.verb} ${target.workload} ${target.deployment}: ${words}`,
      hint: 'mend what the rule of the cluster asks for in the manifest of the workload, then run it again',
      facts,
    });
  }
  return new RolloutError({
    code: 'ROLLOUT_FAILED',
    message: `${target.env}: the API server ${cluster.server} answered ${String(answer.status)} to ${request.verb} ${request.resource}: ${words}`,
    hint: `see what kubectl says: ${['kubectl', ...cluster.kubectl, '-n', target.namespace, 'get', target.workload, target.deployment].join(' ')}`,
    facts,
  });
}

/** No answer, or half of one. */
export function unreachable({ target, cluster }: Place, silence: Silence): XgenError {
  if (/certificate|self.signed|altnames/i.test(silence.message)) return untrusted({ target, cluster }, silence);
  return new RolloutError({
    code: 'TARGET_UNREACHABLE',
    message: `${target.env}: the API server ${cluster.server} does not answer: ${silence.message}`,
    hint: `see whether it answers: ${['kubectl', ...cluster.kubectl, 'version'].join(' ')}; its address is in the kubeconfig of environments.${target.env}.server`,
    facts: { env: target.env, server: cluster.server },
    cause: silence,
  });
}

function untrusted({ target, cluster }: Pick<Place, 'target' | 'cluster'>, silence: Silence): XgenError {
  return new RolloutError({
    code: 'TARGET_UNREACHABLE',
    message: `${target.env}: what answers at ${cluster.server} has no certificate of the kubeconfig's authority: ${silence.message}`,
    hint: `see whether another cluster, or a proxy, is at that address; certificate-authority-data of the kubeconfig is what it is checked by`,
    facts: { env: target.env, server: cluster.server },
    cause: silence,
  });
}

function loginRefused({ target, cluster }: Place, words: string): XgenError {
  return new RolloutError({
    code: 'TARGET_LOGIN_REFUSED',
    message: `${target.env}: the API server ${cluster.server} does not accept the login: ${words}; the token has expired, or it is another cluster's`,
    hint: `get a new one, for example: ${['kubectl', ...cluster.kubectl, '-n', target.namespace, 'create', 'token', 'xgen-build', '--duration', '24h'].join(' ')}, with an account that may`,
    facts: { env: target.env, server: cluster.server, status: 401 },
  });
}

function forbidden({ target }: Place, { verb, resource }: Request, words: string): XgenError {
  return new RolloutError({
    code: 'TARGET_FORBIDDEN',
    message: `${target.env}: may not ${verb} ${resource} in ${target.namespace}: ${words}`,
    hint: `let somebody who may apply this: xgen-build rbac --env ${target.env} | kubectl apply -f -`,
    facts: { env: target.env, verb, resource, namespace: target.namespace, status: 403 },
  });
}

/** RBAC's own words; an admission plugin answers 403 too. */
function isRightMissing(words: string): boolean {
  return /cannot \w+ resource|is forbidden: User |no RBAC policy matched/i.test(words) || words === '';
}

function isRefusedByRule(status: number, words: string): boolean {
  return (
    status === 403 || status === 422 || /admission webhook|denied the request|ValidatingAdmissionPolicy/i.test(words)
  );
}

/** The message of the Status that the server sends; the text itself from whatever else answers there (a proxy). */
export function wordsOf({ text, status }: Pick<KubeAnswer, 'text' | 'status'>): string {
  const parsed = parseJson(text);
  if (typeof parsed === 'object' && parsed !== null) {
    const { message, reason } = parsed as Status;
    if (typeof message === 'string' && message !== '') return message;
    if (typeof reason === 'string') return reason;
  }
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? `HTTP ${String(status)}` : line.slice(0, 300);
}
