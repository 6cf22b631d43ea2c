import { firstLine, type Found, type Verdict } from './failure.ts';
import { pushFailed } from './push-verdicts.ts';

/** Where it may lie: what only the engine knows, and its restart may mend. */
const ENGINE_LOG = 'look at the log of the engine (journalctl -u docker)';

export function damaged(found: Found): Verdict {
  if (found.failure.during === 'push') {
    return {
      ...pushFailed(found),
      message: `a layer of the image is damaged in the engine: ${firstLine(found.failure.message)}`,
      hint: 'empty the cache of the engine (docker builder prune --all), then run the command again',
    };
  }
  return {
    code: 'BUILDER_FAILED',
    message: `the cache of the engine is damaged: ${firstLine(found.failure.message)}`,
    hint: 'empty the cache of the engine (docker builder prune --all), then run the command again',
  };
}

export function engineBroken({ failure }: Found): Verdict {
  return {
    code: 'BUILDER_FAILED',
    message: `the engine has lost files that it makes at its start: ${firstLine(failure.message)}`,
    hint: 'restart the engine (sudo systemctl restart docker), then run the command again',
  };
}

export function diskFull(): Verdict {
  return {
    code: 'DISK_FULL',
    message: 'the disk of the Docker engine is full',
    hint: 'make room there: `docker system df` says what takes it',
  };
}

export function tooManyLayers(): Verdict {
  return {
    code: 'DOCKERFILE_INVALID',
    message: 'the image would have more layers than the engine can stack',
    hint: 'put several RUN or COPY of the Dockerfile into one, or take a base image with fewer layers',
  };
}

export function clientLacksBuildx(): Verdict {
  return {
    code: 'BUILDER_FAILED',
    message: 'the docker client on the PATH has no buildx',
    hint: 'install its package: docker-buildx-plugin (Docker), docker-buildx (Debian)',
  };
}

export function engineGone({ failure }: Found): Verdict {
  return {
    code: 'ENGINE_UNREACHABLE',
    message: `the Docker engine went away while it was at work: ${firstLine(failure.message)}`,
    hint: `see whether it was restarted (docker info), ${ENGINE_LOG}, then run the command again`,
  };
}

export function builderFailed({ failure }: Found): Verdict {
  return {
    code: 'BUILDER_FAILED',
    message: `unknown failure of the builder: ${firstLine(failure.message)}`,
    hint: `run the command again; if it stays so, ${ENGINE_LOG}`,
  };
}
