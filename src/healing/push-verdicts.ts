import type { ErrorCode } from '../errors/codes.ts';
import { firstLine, type Failure, type Found, type PushFailure, type Verdict } from './failure.ts';

/** The words of a push that failed; `host` of a build that failed is not known, and is not said. */
function pushOf(failure: Failure): Omit<PushFailure, 'message'> {
  if (failure.during === 'push') return failure;
  return { during: 'push', reference: 'the image', host: 'of the image', loginFrom: null };
}

export function loginRefused({ failure }: Found): Verdict {
  const { host, loginFrom } = pushOf(failure);
  if (loginFrom === null) {
    return {
      code: 'REGISTRY_LOGIN_REFUSED',
      message: `the registry ${host} wants a login, and none is configured`,
      hint: 'give the registry a credentialId in project.yaml',
    };
  }
  return {
    code: 'REGISTRY_LOGIN_REFUSED',
    message: `the registry ${host} refused the login`,
    hint: `correct the login, which came from ${loginFrom}`,
  };
}

export function pushRefused({ failure }: Found): Verdict {
  const { reference, loginFrom } = pushOf(failure);
  const who = loginFrom === null ? 'the registry a login' : `the login from ${loginFrom} the right`;
  return {
    code: 'REGISTRY_WRITE_REFUSED',
    message: `the login may not push ${reference}`,
    hint: `give ${who} to push there, and see whether the registry allows new tags`,
  };
}

export function updateRefused({ failure }: Found): Verdict {
  return {
    code: 'REGISTRY_WRITE_REFUSED',
    message: `the registry does not let ${pushOf(failure).reference} be written`,
    hint: 'the repository forbids writing a tag twice, or writing at all: in Nexus set its deployment policy to "Allow redeploy"',
  };
}

export function nameRefused({ failure }: Found): Verdict {
  return {
    code: 'REGISTRY_WRITE_REFUSED',
    message: `the registry knows no place for ${pushOf(failure).reference}`,
    hint: 'create the project or repository in the registry, or check the host and path in project.yaml',
  };
}

export function plainHttp({ failure }: Found): Verdict {
  const { host } = pushOf(failure);
  return {
    code: 'REGISTRY_UNREACHABLE',
    message: `the registry ${host} speaks plain HTTP, and the engine expects HTTPS`,
    hint: `put "${host}" into insecure-registries of the engine's daemon.json and restart the engine`,
  };
}

export function untrusted({ failure }: Found): Verdict {
  const { host } = pushOf(failure);
  return {
    code: 'REGISTRY_UNREACHABLE',
    message: `the engine does not trust the certificate of the registry ${host}`,
    hint: `put the CA's certificate into /etc/docker/certs.d/${host}/ca.crt on the engine's machine`,
  };
}

export function limited({ failure }: Found): Verdict {
  return registryVerdict('REGISTRY_FAILED', {
    message: `the registry ${pushOf(failure).host} refuses more requests for now`,
    hint: 'wait, then run the command again',
  });
}

export function serverFailed({ failure }: Found): Verdict {
  return registryVerdict('REGISTRY_FAILED', {
    message: `the registry ${pushOf(failure).host} answered with an error`,
    hint: 'run the command again; if it stays so, look at the log of the registry',
  });
}

export function registryFull({ failure }: Found): Verdict {
  return registryVerdict('REGISTRY_FAILED', {
    message: `the registry ${pushOf(failure).host} says that its disk is full`,
    hint: 'make room in the storage of the registry (its clean-up and garbage collection), then run the command again',
  });
}

export function unreachable({ failure }: Found): Verdict {
  const { host } = pushOf(failure);
  return registryVerdict('REGISTRY_UNREACHABLE', {
    message: `the engine cannot reach the registry ${host}`,
    hint: `see that ${host} is right and that the machine of the engine reaches it`,
  });
}

/** The layers were read while the engine waited for its next try: it is not they that are damaged. */
export function layerNotTaken({ failure }: Found): Verdict {
  const { reference, host } = pushOf(failure);
  return registryVerdict('PUSH_FAILED', {
    message: `${reference} could not be pushed: the registry does not take a layer of it, and the engine does not say why`,
    hint: `look at the log of the registry ${host} and of a proxy before it: errors 5xx, a full disk, a limit on the size of uploads`,
  });
}

export function pushUnknown(found: Found): Verdict {
  const verdict = pushFailed(found);
  return { ...verdict, message: `${verdict.message}, by an unknown failure: ${firstLine(found.failure.message)}` };
}

export function pushFailed({ failure }: Found): Verdict {
  return registryVerdict('PUSH_FAILED', {
    message: `${pushOf(failure).reference} could not be pushed`,
    hint: 'run the command again; if it stays so, build once with --no-cache: a layer may be damaged',
  });
}

function registryVerdict(code: ErrorCode, words: { message: string; hint: string }): Verdict {
  return { code, ...words };
}
