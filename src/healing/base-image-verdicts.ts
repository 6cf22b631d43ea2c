import { stepOf, type Failure, type Found, type Verdict } from './failure.ts';

export function baseMissing(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'BASE_IMAGE_MISSING',
    message: `the base image ${image} is not in its registry`,
    hint: 'correct the name in the Dockerfile or in build.args, or push the image there',
    facts: { image },
  };
}

export function baseRefused(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'BASE_IMAGE_MISSING',
    message: `the base image ${image} is not there, or may not be read with this login`,
    hint: 'see that the name is right; if it is, log in to that registry (`docker login`) or give the credential for it',
    facts: { image },
  };
}

export function baseLimited(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'REGISTRY_FAILED',
    message: `the registry refuses more pulls of the base image ${image} for now`,
    hint: 'wait, log in to that registry, or use a mirror through build.args',
    facts: { image },
  };
}

export function baseUntrusted(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'REGISTRY_UNREACHABLE',
    message: `the engine does not trust the certificate of the registry of the base image ${image}`,
    hint: "put the CA's certificate into /etc/docker/certs.d/HOST/ca.crt on the engine's machine",
    facts: { image },
  };
}

export function basePlainHttp(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'REGISTRY_UNREACHABLE',
    message: `the registry of the base image ${image} speaks plain HTTP, and the engine expects HTTPS`,
    hint: "put its host into insecure-registries of the engine's daemon.json and restart the engine",
    facts: { image },
  };
}

export function baseFailed(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'REGISTRY_FAILED',
    message: `the registry of the base image ${image} answered with an error`,
    hint: 'run the command again; if it stays so, look at that registry',
    facts: { image },
  };
}

export function baseUnreachable(found: Found): Verdict {
  const image = baseImageOf(found.failure);
  return {
    code: 'REGISTRY_UNREACHABLE',
    message: `the engine cannot reach the registry of the base image ${image}`,
    hint: 'see that the host in the name is right and that the engine reaches it; a mirror can be named in build.args',
    facts: { image },
  };
}

function baseImageOf(failure: Failure): string {
  const inStep = /(?:load metadata for|resolve image config for|FROM) (?:--\S+ )*(?<image>[^\s@]+)/.exec(
    stepOf(failure)?.name ?? '',
  );
  return (
    inStep?.groups?.['image'] ??
    /(?<image>\S+\/\S+:\S+): not found/.exec(failure.message)?.groups?.['image'] ??
    'of the Dockerfile'
  );
}
