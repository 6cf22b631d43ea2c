import type { ErrorCode } from './codes.ts';

/**
 * What to do about each error code, for `docs/errors.md`. The error's own hint is closer to the case; this is what is
 * true of all cases.
 */
export const ERROR_FIXES: Readonly<Record<ErrorCode, string>> = {
  USAGE: 'type what the hint says; `xgen-build COMMAND --help` lists the options',
  CONFIG_INVALID: 'mend each line that is listed; `xgen-build config check` asks again',
  CONFIG_MISSING: 'run it in the infra repository, or name its folder: `--config DIR`',
  UNKNOWN_SERVICE: 'type one of the names in the hint, or add a block to services.yaml',
  UNKNOWN_SITE: 'type one of the names in the hint, or add the site to `sites` in project.yaml',
  UNKNOWN_ENVIRONMENT: 'type one of the names in the hint, or add it to environments.yaml',
  NAME_REFUSED: 'use a name of the signs that the hint allows',
  NOT_BUILT_YET: 'take the key out, use `--no-deploy`, or set `target: kubernetes` or `docker`',
  SITE_MISMATCH:
    'see `xgen-build status`; name the site that runs there, or say `--switch-site` if it is to be replaced',
  NUMBER_TAKEN: 'leave `--number` out',
  CREDENTIAL_MISSING: 'put the login in one of the places of credentials.md; `xgen-build doctor` tries it',
  CREDENTIAL_INVALID: 'write the login anew where the message says it came from; `xgen-build doctor` tries it',
  SOURCE_UNREACHABLE: 'check network, proxy and `gitlab.url` with `git ls-remote URL`, then run it again',
  SOURCE_LOGIN_REFUSED: 'renew the token; it needs to read the repository (GitLab: read_repository)',
  REPOSITORY_MISSING: 'correct `repo` in services.yaml or `project.group`, or give the login access',
  REPOSITORY_EMPTY: 'push a commit to the branch of the site',
  BRANCH_MISSING: 'make the branch, or name another one: `branches` of the service in services.yaml',
  LFS_POINTER: 'commit the content itself, or fetch it in the Dockerfile; LFS is not followed',
  SUBMODULE_REFUSED: 'move the submodule to the same git server',
  CHECKOUT_FAILED:
    'read the lines of git below the message; run it again, the mirror is made anew where it was damaged',
  DOCKERFILE_MISSING: 'correct `dockerfile` in services.yaml, or add the file to the infra repository',
  PATH_OUTSIDE_ROOT: 'move the file into the infra repository, and follow no link out of it',
  CONTEXT_MISSING: 'correct `context` of the service in services.yaml',
  OVERLAY_REFUSED: 'take the link or folder of that name out of the service repository',
  ENTRYPOINT_IGNORED: 'add `!FILE` for it to the .dockerignore beside the central Dockerfile',
  ENGINE_UNREACHABLE:
    'start the engine, or set DOCKER_HOST to where it is; `docker version` with the same DOCKER_HOST shows it',
  ENGINE_TOO_OLD: 'use Docker 20.10 or newer',
  DOCKERFILE_INVALID: 'mend the central Dockerfile at the line that is named',
  BASE_IMAGE_MISSING: 'correct the image in FROM or in `build.args`, or log in: `docker login HOST`',
  BASE_IMAGE_PLATFORM: 'use a base image for that platform, or another `--arch`',
  BUILD_FAILED:
    'mend the step that is named; its last lines are below the message, all of them in `xgen-build logs SERVICE bN`',
  BUILDER_FAILED: 'run it again; if it stays, look at disk and log of the engine: `xgen-build doctor`',
  IMAGE_PLATFORM: 'see whether a FROM of the Dockerfile has a `--platform` of its own',
  REGISTRY_UNREACHABLE:
    'see whether the registry runs and whether its host in project.yaml is right, then run it again',
  REGISTRY_LOGIN_REFUSED: 'correct the login where the message says it came from; `xgen-build doctor` tries it',
  REGISTRY_WRITE_REFUSED: 'give the login the right to push there',
  REGISTRY_FAILED: 'read its answer below the message; it is often a full disk of the registry or a proxy before it',
  PUSH_FAILED: 'run it again: what was uploaded is not sent twice; if it stays, look at the log of the registry',
  PUSH_UNVERIFIED: 'run it again; if it stays, the registry loses what it is given: look at its storage',
  TAG_CONTESTED: 'find out who else pushes this tag (a second CI), or use a `--tag` of your own',
  IMAGE_MISSING: 'choose another number: `xgen-build history SERVICE`; or build it again',
  TARGET_UNREACHABLE:
    'see whether the engine or API server runs, or correct `docker.host` or `server` in environments.yaml; then run it again',
  KUBECONFIG_INVALID: 'put the file where the message says, or name file and context: `server.{kubeconfig,context}`',
  TARGET_LOGIN_REFUSED: 'put a new token into the kubeconfig; `xgen-build doctor` tries it',
  TARGET_FORBIDDEN:
    'docker: give this user access to the engine; Kubernetes: apply what `xgen-build rbac` prints, `xgen-build doctor` asks again',
  DEPLOYMENT_MISSING: 'roll an image out first: `xgen-build deploy SERVICE --site SITE --env ENV`',
  ROLLOUT_PULL_FAILED:
    'let the engine or nodes of the environment reach the registry (network, `pullHost`, insecure registries), then `xgen-build deploy … --to bN`',
  ROLLOUT_PULL_POLICY: 'set `imagePullPolicy: Always` as the hint says, or `rollout.strategy: pin`',
  ROLLOUT_PAUSED: '`kubectl rollout resume deployment/NAME`, then run it again',
  ROLLOUT_SCALED_TO_ZERO:
    'scale it up (`kubectl scale --replicas=1 …`, or the minimum of its autoscaler), then run it again',
  ROLLOUT_UNSCHEDULABLE: 'make room: add a node, or lower `resources.requests` or `maxSurge` of the workload',
  ROLLOUT_QUOTA: 'raise the ResourceQuota of the namespace, or lower the requests or `maxSurge` of the workload',
  ROLLOUT_REFUSED: 'mend the manifest as the rule asks, or ask those who made the rule',
  ROLLOUT_CONFIG_MISSING: 'create the ConfigMap or Secret that is named, or the key in it, then run it again',
  ROLLOUT_WRONG_ARCH: 'build for the architecture of the nodes: `--arch`',
  ROLLOUT_OUT_OF_MEMORY: 'give the container more memory (`resources.limits.memory`), or let the service use less',
  ROLLOUT_EXITED:
    'read the last lines of the container below the message; mend the service, or the settings of its container',
  ROLLOUT_UNHEALTHY: 'see `port` and `healthCheck` of the service; a slow start needs a longer `rollout.timeout`',
  ROLLOUT_WRONG_DIGEST: 'find out who else changes this container or moves the tag, then run it again',
  ROLLOUT_TIMEOUT: 'look at the pods (`kubectl describe pod`); a slow start needs a longer `rollout.timeout`',
  ROLLOUT_INTERFERED: 'talk to whoever the message names, then run it again',
  ROLLOUT_FAILED:
    'read the answer of the engine below the message (a port that is taken, a mount that is gone), then run it again',
  ROLLOUT_BUSY: 'wait for the other rollout (`xgen-build status`), then run it again',
  ROLLBACK_FAILED:
    'look now: `docker ps -a` on the engine, `kubectl get pods` in the cluster; then `xgen-build rollback` or `deploy --to bN`',
  NOTHING_TO_ROLL_BACK: 'roll out a number that you trust: `xgen-build deploy SERVICE --site SITE --env ENV --to bN`',
  NOT_PROVEN: 'roll it out there first: `xgen-build deploy SERVICE --site SITE --env dev --to bN`',
  PROTECTED: 'commit, push and pull the infra repository, then run it again',
  STORE_FAILED: 'see that the folder of the state (`--state DIR`) can be written and has room: `xgen-build doctor`',
  STORE_NEWER: 'use the newer version, or another folder: `--state DIR`',
  DISK_FULL: 'make room on the disk that is named, then run it again',
  LOST: 'see `xgen-build history SERVICE`: another process carried on; run it again only if that one failed',
  SUPERSEDED: 'nothing: the newer build brings the same and more',
  CANCELED: 'run the same command again',
  TIMEOUT: 'run it again; if it stays, look at the part that the message names',
  INTERNAL: 'run it again with `--verbose`, and report what it prints',
};
