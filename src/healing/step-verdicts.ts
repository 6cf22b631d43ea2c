import { firstLine, saidByStep, stepOf, stepText, where, type Found, type Verdict } from './failure.ts';

export function stepFailed({ groups, failure, instruction }: Found): Verdict {
  const exitCode = groups['exitCode'] === undefined ? null : Number(groups['exitCode']);
  const said = saidByStep(stepOf(failure)?.output ?? []);
  if (said !== null) {
    const message = `${said.what}${where(instruction)}`;
    return { code: 'BUILD_FAILED', message, hint: said.mend ?? MEND_STEP, facts: { exitCode } };
  }
  const ended = exitCode === null ? 'failed' : `failed with exit code ${exitCode}`;
  return {
    code: 'BUILD_FAILED',
    message: `${stepText(failure, instruction)} ${ended}${where(instruction)}`,
    hint: MEND_STEP,
    facts: { exitCode },
  };
}

export function stepKilled({ groups, failure, instruction }: Found): Verdict {
  const exitCode = groups['exitCode'] === undefined ? null : Number(groups['exitCode']);
  const how = exitCode === null ? 'was killed' : `failed with exit code ${exitCode}`;
  return {
    code: 'BUILD_FAILED',
    message: `${stepText(failure, instruction)} ${how}${where(instruction)}`,
    hint: OUT_OF_MEMORY,
    facts: { exitCode },
  };
}

const MEND_STEP = 'mend that step; its last lines are quoted, and `xgen-build logs` has all that it printed';

const OUT_OF_MEMORY =
  'exit code 137 means that the step was killed, most often for lack of memory: give the engine more, or lower build.concurrency';

export function secretMissing({ groups, failure, instruction }: Found): Verdict {
  const id = groups['id'] ?? '';
  return {
    code: 'BUILD_FAILED',
    message: `${stepText(failure, instruction)} needs the secret "${id}", which is not given${where(instruction)}`,
    hint: `name it under build.secrets in project.yaml or under secrets of the service: { id: ${id}, env: … }`,
    facts: { secret: id },
  };
}

export function sourceMissing({ groups, failure, instruction }: Found): Verdict {
  const path = (groups['path'] ?? groups['path2'] ?? '').replace(/^\//, '');
  const text = instruction?.text ?? stepOf(failure)?.name ?? '';
  const from = /--from=(?<from>\S+)/.exec(text)?.groups?.['from'];
  const keyword = instruction?.keyword ?? /\] (?<keyword>\w+)/.exec(text)?.groups?.['keyword'] ?? 'COPY';
  return {
    code: 'DOCKERFILE_INVALID',
    message: `${keyword} needs ${path}, which is not in ${from ?? 'the build context'}${where(instruction)}`,
    hint:
      from === undefined
        ? `add ${path} to the repository of the service; or correct the path in the central Dockerfile; or see whether .dockerignore hides it`
        : `see whether ${from} makes ${path}, and under this name`,
    facts: { path },
  };
}

export function sourcesMissing({ failure, instruction }: Found): Verdict {
  return {
    code: 'DOCKERFILE_INVALID',
    message: `${stepText(failure, instruction)} matches no file of the build context${where(instruction)}`,
    hint: 'correct the pattern, or see whether .dockerignore hides what it means',
  };
}

export function unparsable({ groups }: Found): Verdict {
  return {
    code: 'DOCKERFILE_INVALID',
    message: `Dockerfile line ${groups['line'] ?? '?'} cannot be read: ${firstLine(groups['what'] ?? '')}`,
    hint: 'correct the line in the central Dockerfile',
    facts: { line: Number(groups['line']) },
  };
}

export function emptyDockerfile(): Verdict {
  return {
    code: 'DOCKERFILE_INVALID',
    message: 'the Dockerfile is empty or is not in the build context',
    hint: 'see the file that `dockerfile` of the service names in services.yaml',
  };
}

export function targetMissing({ groups }: Found): Verdict {
  return {
    code: 'DOCKERFILE_INVALID',
    message: `the Dockerfile has no stage "${groups['target'] ?? ''}"`,
    hint: 'correct `target` of the service in services.yaml, or name a stage so: FROM … AS name',
    facts: { target: groups['target'] ?? null },
  };
}

export function refused({ groups }: Found): Verdict {
  return {
    code: 'DOCKERFILE_INVALID',
    message: `the Dockerfile is refused: ${firstLine(groups['what'] ?? groups['what2'] ?? '')}`,
    hint: 'correct the central Dockerfile, or the build arguments that it uses',
  };
}
