import type { BuildEvent } from '../../ports/events.ts';
import type { BuildHandle } from '../../ports/store.ts';
import type { Database } from './database.ts';
import { eventFilePath } from './event-files.ts';
import { readBuildEvents, type Progress } from './event-reader.ts';
import { createEventWriter, type EventWriter } from './event-writer.ts';
import type { Leases } from './leases.ts';
import { isRowAlive } from './builds.ts';
import { numberIn, textIn } from './rows.ts';

export interface EventLog {
  append(build: BuildHandle, events: readonly BuildEvent[]): void;
  flush(build: BuildHandle): Promise<void>;
  /** As far as it goes; never rejects. */
  flushAll(): Promise<void>;
  read(buildId: string, options: { follow: boolean; signal: AbortSignal }): AsyncIterable<BuildEvent>;
}

/** The streams of builds as files beside the database. */
export function createEventLog(parts: { stateDir: string; database: Database; leases: Leases }): EventLog {
  const { stateDir, database, leases } = parts;
  const writers = new Map<string, EventWriter>();

  /** The file of the attempt that this token stands for; null once another process has the build. */
  function locate(build: BuildHandle): Promise<string | null> {
    return database.read((sql) => {
      const row = sql.first('SELECT service, attempt FROM builds WHERE id = ? AND token = ?', [build.id, build.token]);
      if (row === null) return null;
      const file = { service: textIn(row, 'service'), buildId: build.id, attempt: numberIn(row, 'attempt') };
      return eventFilePath(stateDir, file);
    });
  }

  function writerOf(build: BuildHandle): EventWriter {
    const writer = writers.get(build.token) ?? createEventWriter(() => locate(build));
    writers.set(build.token, writer);
    return writer;
  }

  function serviceOf(buildId: string): Promise<string> {
    return database.read((sql) => {
      const row = sql.first('SELECT service FROM builds WHERE id = ?', [buildId]);
      return row === null ? '' : textIn(row, 'service');
    });
  }

  function progressOf(buildId: string): Promise<Progress> {
    return database.read((sql) => {
      const row = sql.first('SELECT * FROM builds WHERE id = ?', [buildId]);
      if (row === null) return { attempt: 0, isUnderWay: false };
      const isUnderWay = textIn(row, 'status') === 'running' && isRowAlive(row, leases);
      return { attempt: numberIn(row, 'attempt'), isUnderWay };
    });
  }

  return {
    append: (build, events) => writerOf(build).append(events),
    async flush(build) {
      const writer = writers.get(build.token);
      if (writer === undefined) return;
      await writer.flush();
      writers.delete(build.token);
    },
    async flushAll() {
      await Promise.allSettled([...writers.values()].map((writer) => writer.flush()));
    },
    async *read(buildId, options) {
      const service = await serviceOf(buildId);
      const pathOf = (attempt: number) => eventFilePath(stateDir, { service, buildId, attempt });
      yield* readBuildEvents({ pathOf, progress: () => progressOf(buildId) }, options);
    },
  };
}
