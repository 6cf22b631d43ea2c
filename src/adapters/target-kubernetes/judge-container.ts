import type { Failure } from './failure.ts';
import type { Container, ContainerStatus, Pod, Probe, Terminated } from './objects.ts';
import { judgePull } from './pull-failure.ts';

/** A container of a new pod, with all that is known of it. */
export interface Subject {
  readonly pod: Pod;
  readonly container: Container;
  readonly status: ContainerStatus;
  readonly namespace: string;
  /** How often the node tried to pull it in vain. */
  readonly pulls: number;
}

/** A healthy start may restart once, or wait for a database in two; whoever ends a third time does not start. */
const CERTAIN_RESTARTS = 2;
/** By then the node has paused 10 and 20 seconds in between. */
const CERTAIN_PULLS = 3;

const PULL_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
]);

export function isPullProblem(status: ContainerStatus): boolean {
  return PULL_REASONS.has(status.state?.waiting?.reason ?? '');
}

/** What is wrong with a container for certain; null: nothing yet. */
export function judgeContainer(subject: Subject): Failure | null {
  const { status } = subject;
  const { reason = '', message = '' } = status.state?.waiting ?? {};
  if (PULL_REASONS.has(reason)) return pullFailure(subject, { reason, words: message });
  if (reason === 'CreateContainerConfigError') return configFailure(subject, message);
  const ended = status.state?.terminated ?? status.lastState?.terminated ?? null;
  const words = `${message} ${ended?.message ?? ''}`;
  if (/exec format error/i.test(words)) return wrongArch(subject, words);
  if (isUnstartable(reason, ended, words)) return cannotStart(subject, { words: ended?.message ?? message });
  const isOver = status.state?.running === undefined;
  if (ended === null || !isOver || (status.restartCount ?? 0) < CERTAIN_RESTARTS || isDone(subject, ended)) return null;
  return crashFailure(subject, ended);
}

/** Init containers end with 0, and are done. */
function isDone({ pod, container }: Subject, { exitCode }: Terminated): boolean {
  return exitCode === 0 && (pod.spec?.initContainers ?? []).some(({ name }) => name === container.name);
}

function pullFailure(subject: Subject, { reason, words }: { reason: string; words: string }): Failure | null {
  const { pod, container, namespace, pulls } = subject;
  const pullSecrets = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
  const { isCertain, code, message, hint } = judgePull({
    words,
    reason,
    image: container.image ?? '',
    pullSecrets,
    namespace,
  });
  if (!isCertain && pulls < CERTAIN_PULLS) return null;
  return { code, message, hint, evidence: linesOf(words), at: null };
}

function configFailure(subject: Subject, words: string): Failure {
  const { namespace } = subject;
  const kind = /secret/i.test(words) ? 'secret' : 'configmap';
  return {
    code: 'ROLLOUT_CONFIG_MISSING',
    message: `${ofContainer(subject)} cannot be made: ${words}`,
    hint: `see what is there: kubectl -n ${namespace} get ${kind}`,
    evidence: linesOf(words),
    at: null,
  };
}

/** The runtime itself could not start the program: no restart changes that. */
function isUnstartable(reason: string, ended: Terminated | null, words: string): boolean {
  const isRuntime =
    /^(?:RunContainerError|CreateContainerError)$/.test(reason) ||
    /^(?:StartError|ContainerCannotRun)$/.test(ended?.reason ?? '');
  return (
    isRuntime && /executable file not found|no such file or directory|permission denied|is a directory/i.test(words)
  );
}

function cannotStart(subject: Subject, { words }: { words: string }): Failure {
  const short = /(?:exec|stat|chdir)[^\n]*$/.exec(words)?.[0] ?? words;
  return {
    code: 'ROLLOUT_EXITED',
    message: `${ofContainer(subject)} cannot be started: ${short.trim()}`,
    hint: 'correct ENTRYPOINT or CMD of the Dockerfile, or command and args in the manifest of the workload',
    evidence: linesOf(words),
    at: null,
  };
}

export function wrongArch(subject: Pick<Subject, 'container'>, words: string): Failure {
  return {
    code: 'ROLLOUT_WRONG_ARCH',
    message: `${ofContainer(subject)} is for another architecture than the node: exec format error`,
    hint: 'build it for the architecture of the nodes: --arch arm64, or --arch amd64',
    evidence: linesOf(words),
    at: null,
  };
}

function crashFailure(subject: Subject, ended: Terminated): Failure {
  const { pod, container, status } = subject;
  const starts = `in ${String((status.restartCount ?? 0) + 1)} starts`;
  const at = { pod: pod.metadata.name, container: container.name, isOver: true };
  if (ended.reason === 'OOMKilled') {
    const limit = container.resources?.limits?.['memory'];
    const has = limit === undefined ? 'it has no limit of its own' : `its limit is ${String(limit)}`;
    return {
      code: 'ROLLOUT_OUT_OF_MEMORY',
      message: `${ofContainer(subject)} was killed for lack of memory (OOMKilled) ${starts}; ${has}`,
      hint: `give it more: resources.limits.memory of ${container.name} in the manifest of the workload`,
      evidence: linesOf(ended.message ?? ''),
      at,
    };
  }
  const probe = killingProbe(container, ended);
  if (probe !== null) {
    return {
      code: 'ROLLOUT_UNHEALTHY',
      message: `${ofContainer(subject)} was killed by the node (exit code ${String(ended.exitCode)}) ${starts}, as it is when its ${probe} fails`,
      hint: 'see that the probe asks for what the service answers, and gives it time to start (startupProbe)',
      evidence: linesOf(ended.message ?? ''),
      at,
    };
  }
  return {
    code: 'ROLLOUT_EXITED',
    message: `${ofContainer(subject)} exited with ${String(ended.exitCode ?? '?')} ${starts}`,
    hint: 'mend the service, or its settings, and run the command again',
    evidence: linesOf(ended.message ?? ''),
    at,
  };
}

/** The probe for which a node kills: it ends with SIGTERM's code, or SIGKILL's. */
function killingProbe({ startupProbe, livenessProbe }: Container, { exitCode }: Terminated): string | null {
  if (exitCode !== 137 && exitCode !== 143) return null;
  if (livenessProbe !== undefined) return probeText('liveness', livenessProbe);
  return startupProbe === undefined ? null : probeText('startup', startupProbe);
}

/** The container in words: its name says more than that of its pod, which is made up anew each time. */
function ofContainer({ container }: Pick<Subject, 'container'>): string {
  return `container ${container.name}`;
}

/** `readiness probe GET /health on 8000` */
export function probeText(kind: string, probe: Probe): string {
  const { httpGet, tcpSocket, grpc, exec } = probe;
  if (httpGet !== undefined) return `${kind} probe GET ${httpGet.path ?? '/'} on ${String(httpGet.port ?? '?')}`;
  if (tcpSocket !== undefined) return `${kind} probe of TCP port ${String(tcpSocket.port ?? '?')}`;
  if (grpc !== undefined) return `${kind} probe by gRPC on ${String(grpc.port ?? '?')}`;
  return `${kind} probe ${exec?.command?.join(' ') ?? ''}`.trim();
}

export function linesOf(words: string): readonly string[] {
  const trimmed = words.trim();
  return trimmed === '' ? [] : trimmed.split('\n').slice(-20);
}
