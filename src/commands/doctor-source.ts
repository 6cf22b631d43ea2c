import { XgenError } from '../errors/xgen-error.ts';
import type { Ports } from '../pipeline/context.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { Examination, Finding } from './doctor-finding.ts';

type SourcePorts = Pick<Ports, 'sources' | 'credentials'>;

/** One real login at the git server: it is asked for the branch of one service. */
export function sourceExamination(ports: SourcePorts, plan: Pick<BuildPlan, 'source' | 'service'>): Examination {
  const { url } = plan.source;
  return {
    name: 'source',
    asks: { whom: `the git server of ${url}`, ifSilent: `see whether it answers: git ls-remote ${url}` },
    examine: (signal) => examineSource(ports, plan, signal),
  };
}

async function examineSource(
  ports: SourcePorts,
  { source, service }: Pick<BuildPlan, 'source' | 'service'>,
  signal: AbortSignal,
): Promise<Finding> {
  const name = 'source';
  try {
    const commit = await ports.sources.resolve(source, signal);
    const detail = `${service} ${source.branch} is at ${commit.slice(0, 7)}; ${await loginText(ports, source)}`;
    return { name, status: 'ok', detail, fix: null };
  } catch (error) {
    if (!isBeyondLogin(error)) throw error;
    // Who is told which branches there are was let in.
    const { message, hint, evidence } = error;
    return { name, status: 'warning', detail: `the server lets us in, but ${message}`, fix: hint, evidence };
  }
}

function isBeyondLogin(error: unknown): error is XgenError {
  return error instanceof XgenError && (error.code === 'BRANCH_MISSING' || error.code === 'REPOSITORY_EMPTY');
}

async function loginText({ credentials }: SourcePorts, { url, credentialId }: BuildPlan['source']): Promise<string> {
  const { protocol, host } = new URL(url);
  if (protocol === 'file:') return `read from ${url}`;
  if (protocol === 'ssh:') return `${host} takes the ssh key of this machine`;
  if (credentialId === null) return `${host} answers; it has no credentialId`;
  const { from } = await credentials.require(credentialId, { kind: 'source', url });
  return `${host} takes the login ${credentialId} (from ${from})`;
}
