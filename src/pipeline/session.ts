import { AbortReason, abortReasonOf } from '../errors/abort-reason.ts';
import type { BuildEvent, BuildEventBody } from '../ports/events.ts';
import type { BuildResult, BuildStatus, ErrorReport } from '../ports/result.ts';
import type { BuildClaim, ClaimedBuild } from '../ports/store.ts';
import type { Ports, StageContext } from './context.ts';
import { createEventStream } from './event-stream.ts';
import {
  closeJournal,
  EMPTY_JOURNAL,
  NO_FACTS,
  recordEvent,
  type JournalFacts,
  type JournalHeader,
} from './journal.ts';
import { claimTurn } from './claim.ts';
import { keepLease } from './lease.ts';
import { errorReport } from './stage.ts';

/** A piece of work on one service and site that only one process may do at a time, and that is kept in the store. */
export interface SessionRequest {
  readonly header: JournalHeader;
  readonly command: BuildClaim['command'];
  /** `docker.x2bee.com/xgen/lotteimall` */
  readonly destination: string;
}

export interface SessionOutside {
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
}

export interface SessionContext extends StageContext {
  /** Keeps a fact for the result (and so for the record). */
  readonly note: (facts: Partial<JournalFacts>) => void;
}

/** What the work ended with where it did not throw. */
export interface SessionEnd {
  readonly status: BuildStatus;
  /** Why it is not `succeeded`. */
  readonly error: ErrorReport | null;
}

export type SessionBody = (context: SessionContext) => Promise<SessionEnd>;

/**
 * Claims the service and site (waiting for its turn), runs the body under a lease and ends with a result: it never
 * rejects. Everything it emits is numbered, redacted and kept.
 */
export async function runSession(
  request: SessionRequest,
  outside: SessionOutside,
  body: SessionBody,
): Promise<BuildResult> {
  const session = openSession(request, outside);
  session.emit({
    kind: 'build-started',
    service: request.header.service,
    site: request.header.site,
    arch: request.header.parameters.arch,
    destination: request.destination,
    startedBy: request.header.startedBy,
  });
  try {
    const build = await claimTurn(claimOf(request), { ...outside, emit: session.emit });
    return await runClaimed(session, build, body);
  } catch (error) {
    return session.end(endingOf(error, outside.signal));
  }
}

async function runClaimed(session: Session, build: ClaimedBuild, body: SessionBody): Promise<BuildResult> {
  const { ports, signal } = session.outside;
  await session.attach(build);
  const lease = keepLease({ store: ports.store, clock: ports.clock, build });
  const combined = AbortSignal.any([signal, lease.signal]);
  const context: SessionContext = {
    ports,
    build,
    startedBy: session.request.header.startedBy,
    emit: session.emit,
    signal: combined,
    note: session.note,
  };
  let ending: SessionEnd;
  try {
    ending = await body(context);
  } catch (error) {
    ending = endingOf(error, combined);
  } finally {
    lease.stop();
  }
  return session.finish(build, ending);
}

/** How a session ends that threw. An abort is why, whatever it made fail. */
function endingOf(error: unknown, signal: AbortSignal): SessionEnd {
  const reason = error instanceof AbortReason ? error : abortReasonOf(signal);
  const report = errorReport(reason ?? error);
  if (reason === null || reason.kind === 'timeout' || reason.kind === 'lost')
    return { status: 'failed', error: report };
  return { status: reason.kind === 'superseded' ? 'superseded' : 'canceled', error: report };
}

type Session = ReturnType<typeof openSession>;

/** The state of one session: its stream, its journal, and how it is closed. */
function openSession(request: SessionRequest, outside: SessionOutside) {
  const { ports } = outside;
  const begin = ports.clock.monotonicMs();
  let journal = EMPTY_JOURNAL;
  let facts = NO_FACTS;
  let build: ClaimedBuild | null = null;
  let early: BuildEvent[] = [];
  let stream = createEventStream({ clock: ports.clock, redactor: ports.redactor, lastSeq: 0, onEvent: receive });

  function receive(event: BuildEvent): void {
    journal = recordEvent(journal, event);
    if (build === null) early.push(event);
    else ports.store.appendEvents(build, [event]);
    outside.onEvent(event);
  }

  function close(ending: SessionEnd): BuildResult {
    const durationMs = Math.round(ports.clock.monotonicMs() - begin);
    const result = closeJournal({ header: request.header, journal, facts, ending: { ...ending, durationMs } });
    return ports.redactor.redactData(result);
  }

  return {
    request,
    outside,
    emit: (body: BuildEventBody) => stream.emit(body),
    note: (more: Partial<JournalFacts>) => {
      facts = { ...facts, ...more };
    },
    /** From here on events are kept with the build; those that came before are added first. */
    async attach(claimed: ClaimedBuild): Promise<void> {
      const lastSeq = claimed.attempt > 1 ? await lastSeqOf(ports, claimed) : 0;
      build = claimed;
      const moved = early.map((event) => ({ ...event, seq: event.seq + lastSeq }));
      ports.store.appendEvents(claimed, moved);
      stream = createEventStream({
        clock: ports.clock,
        redactor: ports.redactor,
        lastSeq: lastSeq + early.length,
        onEvent: receive,
      });
      early = [];
    },
    /** The end of a session that never got its turn: nothing is kept. */
    end(ending: SessionEnd): BuildResult {
      const result = close(ending);
      if (result.error !== null) stream.emit({ kind: 'error', error: result.error });
      stream.emit({ kind: 'build-finished', result });
      return result;
    },
    /** Keeps the result, unless another process took the build over. */
    async finish(claimed: ClaimedBuild, ending: SessionEnd): Promise<BuildResult> {
      const result = close(ending);
      if (result.error !== null) stream.emit({ kind: 'error', error: result.error });
      stream.emit({ kind: 'build-finished', result });
      return keep(ports, claimed, result);
    },
  };
}

/**
 * Writes the end of the stream and the result. A state that cannot be written loses no finished build: the result says
 * so and stands. A result of a build that another process took over is worth nothing.
 */
async function keep(ports: Ports, build: ClaimedBuild, result: BuildResult): Promise<BuildResult> {
  const warnings = [...result.warnings];
  try {
    await ports.store.flushEvents(build);
  } catch (error) {
    warnings.push(`the log of this build is not complete: ${errorReport(error).message}`);
  }
  try {
    if (!(await ports.store.finish(build, result))) {
      const lost = new AbortReason('lost', 'another process took this build over; its result is the one that counts');
      return { ...result, status: 'failed', error: errorReport(lost) };
    }
  } catch (error) {
    warnings.push(`the result could not be kept in the state: ${errorReport(error).message}`);
  }
  return { ...result, warnings };
}

async function lastSeqOf(ports: Ports, build: ClaimedBuild): Promise<number> {
  let last = 0;
  const signal = AbortSignal.timeout(10_000);
  for await (const event of ports.store.readEvents(build.id, { follow: false, signal }))
    last = Math.max(last, event.seq);
  return last;
}

function claimOf(request: SessionRequest): BuildClaim {
  const { parameters, service, site, startedBy } = request.header;
  const { env, tag, arch, registry, deploy, noCache, rebuild, number } = parameters;
  const key = [request.command, env.join(','), tag, arch, registry, deploy, noCache, rebuild, number];
  return { service, site, parameters, startedBy, command: request.command, parametersKey: JSON.stringify(key) };
}
