import type { ContainerInspectInfo } from 'dockerode';
import { RolloutError } from '../../errors/xgen-error.ts';
import { describeAnswer, isHealthy, type HealthAnswer } from './ask-health.ts';
import { inspectContainer } from './container-actions.ts';
import { lastLines, lastWords } from './container-log.ts';
import { healthAddress } from './health-address.ts';
import type { Place } from './place.ts';
import type { TargetTools } from './tools.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
const LONGEST_ANSWER_MS = 10_000;

export interface HealthWait {
  readonly id: string;
  readonly timeoutMs: number;
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits until the container answers its health check; its end is noticed at once. Resolves to the status of the answer.
 * Throws ROLLOUT_EXITED or ROLLOUT_UNHEALTHY with the end of its log.
 */
export async function waitHealthy(place: Place, tools: TargetTools, wait: HealthWait): Promise<number> {
  const { clock } = tools;
  const deadline = clock.monotonicMs() + wait.timeoutMs;
  const watch = new AbortController();
  const ended = watchEnd(place, wait, watch.signal);
  let last: HealthAnswer = { kind: 'problem', problem: 'not asked yet' };
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
      wait.signal.throwIfAborted();
      const container = await inspectContainer(place, wait.id, wait.signal);
      if (container === null || !isUp(container)) throw await exited(place, wait, container);
      const leftMs = deadline - clock.monotonicMs();
      if (leftMs <= 0) throw await unhealthy(place, wait, last);
      last = await ask(place, tools, { container, wait, leftMs });
      if (last.kind === 'status' && isHealthy(last)) return last.status;
      wait.onStep(`waiting for ${place.target.health.path}: ${describeAnswer(last)}`);
      await Promise.race([clock.sleep(Math.min(pauseMs, Math.max(leftMs, 1)), wait.signal), ended]);
    }
  } finally {
    watch.abort();
  }
}

/** True while the container runs. One that its policy keeps restarting does not: it has ended. */
export function isUp(container: ContainerInspectInfo): boolean {
  return container.State.Running && !container.State.Restarting;
}

/** Resolves when the engine says that the container ended; never where it cannot say so. */
async function watchEnd(place: Place, wait: HealthWait, done: AbortSignal): Promise<void> {
  const never = new Promise<void>(() => undefined);
  const abortSignal = AbortSignal.any([wait.signal, done]);
  await place.docker
    .getContainer(wait.id)
    .wait({ condition: 'not-running', abortSignal })
    .catch(async () => never);
}

async function ask(
  place: Place,
  tools: TargetTools,
  { container, wait, leftMs }: { container: ContainerInspectInfo; wait: HealthWait; leftMs: number },
): Promise<HealthAnswer> {
  const { port, path } = place.target.health;
  const address = healthAddress({ container, endpoint: place.endpoint, port });
  if (address.kind === 'none') return { kind: 'problem', problem: address.why };
  const timeoutMs = Math.ceil(Math.min(leftMs, LONGEST_ANSWER_MS));
  return tools.fetchHealth({ host: address.host, port: address.port, path, timeoutMs, signal: wait.signal });
}

async function exited(place: Place, wait: HealthWait, container: ContainerInspectInfo | null): Promise<RolloutError> {
  const lines = await lastLines(place, wait.id, wait.signal);
  return new RolloutError({
    code: 'ROLLOUT_EXITED',
    message: `${howItEnded(container)}${quoted(lastWords(lines))}`,
    hint:
      container?.State.OOMKilled === true
        ? 'give the container more memory, or let the service use less'
        : 'mend the service, or the settings of its container, and run the command again; the lines are the end of its log',
    facts: { env: place.target.env, exitCode: container?.State.ExitCode ?? null },
    evidence: lines.map(({ text }) => text),
  });
}

function howItEnded(container: ContainerInspectInfo | null): string {
  if (container === null) return 'was removed by somebody else';
  const { ExitCode, OOMKilled, Error: engineWords } = container.State;
  if (OOMKilled) return `was killed for lack of memory (exit code ${String(ExitCode)})`;
  return `exited with ${String(ExitCode)}${engineWords === '' ? '' : ` (${engineWords})`}`;
}

async function unhealthy(place: Place, wait: HealthWait, last: HealthAnswer): Promise<RolloutError> {
  const lines = await lastLines(place, wait.id, wait.signal);
  const { port, path } = place.target.health;
  const seconds = String(Math.round(wait.timeoutMs / 100) / 10);
  const { service, env } = place.target;
  return new RolloutError({
    code: 'ROLLOUT_UNHEALTHY',
    message: `not healthy within ${seconds} s: GET ${path} on port ${String(port)}: ${describeAnswer(last)}${quoted(lastWords(lines))}`,
    hint: `see that services.${service}.healthCheck and port are right; a slow start needs services.${service}.rollout.timeout`,
    facts: { env, lastAnswer: describeAnswer(last) },
    evidence: lines.map(({ text }) => text),
  });
}

/** ` · "KeyError: 'REDIS_HOST'"` */
function quoted(words: string | null): string {
  if (words === null) return '';
  return ` · "${words.length > 160 ? `${words.slice(0, 159)}…` : words}"`;
}
