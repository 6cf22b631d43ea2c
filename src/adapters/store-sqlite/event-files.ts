import { join } from 'node:path';

/** One file per attempt of a build: an owner whose build was taken over cannot write into its successor's. */
export interface EventFile {
  readonly service: string;
  readonly buildId: string;
  /** From 1. */
  readonly attempt: number;
}

/** `logs/SERVICE/BUILD.ndjson`, later attempts `logs/SERVICE/BUILD.2.ndjson`: one event as JSON per line. */
export function eventFilePath(stateDir: string, { service, buildId, attempt }: EventFile): string {
  const suffix = attempt > 1 ? `.${String(attempt)}` : '';
  return join(stateDir, 'logs', folderName(service), `${folderName(buildId)}${suffix}.ndjson`);
}

/** Names are checked where they come in; whatever gets here still stays inside the logs folder. */
function folderName(name: string): string {
  const encoded = encodeURIComponent(name);
  return encoded.startsWith('.') || encoded === '' ? `%2E${encoded.slice(1)}` : encoded;
}
