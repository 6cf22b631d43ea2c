import type { BuildFailure, Found, Verdict } from './build-verdict.ts';

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

function baseImageOf({ step, message }: BuildFailure): string {
  const inStep = /(?:load metadata for|resolve image config for|FROM) (?:--\S+ )*(?<image>[^\s@]+)/.exec(
    step?.name ?? '',
  );
  return (
    inStep?.groups?.['image'] ??
    /(?<image>\S+\/\S+:\S+): not found/.exec(message)?.groups?.['image'] ??
    'of the Dockerfile'
  );
}
