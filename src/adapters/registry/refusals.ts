import type { RegistryError } from '../../errors/xgen-error.ts';
import type { Login } from '../../ports/credentials.ts';
import { nameOf, registryError, wordsOf, type Where } from './registry-error.ts';
import type { HttpAnswer } from './transport.ts';

/** A refusal: by whom, of what, with which login. `doing`: "pushing to xgen/main/xgen-core". */
export interface Refusal {
  readonly where: Where;
  readonly doing: string;
  /** The login that was used; null: none was. */
  readonly login: Login | null;
  readonly answer: HttpAnswer;
}

/** The login itself was refused, or one is needed and there is none. */
export function loginRefused({ where, doing, login, answer }: Refusal): RegistryError {
  const name = nameOf(where);
  const evidence = wordsOf(answer);
  if (login === null) {
    return registryError(where, {
      code: 'REGISTRY_LOGIN_REFUSED',
      message: `the registry ${name} asks for a login when ${doing}, and none is configured (or there is no such image)`,
      hint:
        where.credentialId === null
          ? `add credentialId to this registry in project.yaml, or type: docker login ${where.host}`
          : `set the login of "${where.credentialId}"`,
      evidence,
    });
  }
  return registryError(where, {
    code: 'REGISTRY_LOGIN_REFUSED',
    message: `the registry ${name} refused the login of ${whose(where, login)} when ${doing}`,
    hint: `check it by hand: docker login ${where.host}; then correct it in ${login.from}`,
    evidence,
  });
}

/** The login is right, and may not do this. */
export function accessRefused(refusal: Refusal, access: 'read' | 'write'): RegistryError {
  const { where, doing, login, answer } = refusal;
  const name = nameOf(where);
  const who = login === null ? 'without a login' : `with the login of ${whose(where, login)}`;
  if (access === 'read') {
    return registryError(where, {
      code: 'REGISTRY_LOGIN_REFUSED',
      message: `the registry ${name} does not allow ${doing} ${who}`,
      hint: 'give this login the right to read the repository, or check that the repository exists',
      evidence: wordsOf(answer),
    });
  }
  const cause =
    answer.status === 405
      ? 'the registry is read-only, or this is a proxy or group repository: name one that takes pushes'
      : answer.status === 404
        ? 'create the project or repository in the registry, or check the host and path in project.yaml'
        : 'give this login the right to push to the repository';
  return registryError(where, {
    code: 'REGISTRY_WRITE_REFUSED',
    message: `the registry ${name} does not allow ${doing} ${who} (answer ${answer.status})`,
    hint: cause,
    evidence: wordsOf(answer),
  });
}

/** `"nexus-credentials" (user ci, from environment XGEN_…)` */
function whose(where: Where, login: Login): string {
  const user = login.username === '' ? 'a token' : `user ${login.username}`;
  const id = where.credentialId === null ? '' : `"${where.credentialId}" `;
  return id === '' ? `${user} from ${login.from}` : `${id}(${user}, from ${login.from})`;
}
