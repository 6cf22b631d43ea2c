import type { BuildProgress } from '../ports/builder.ts';
import type { Emit } from '../ports/events.ts';

/** A function that turns the builder's progress into events of a stage; steps are numbered as they first appear. */
export function buildEvents(stage: string, emit: Emit): (progress: BuildProgress) => void {
  const steps = new Map<string, number>();
  return (progress) => {
    switch (progress.kind) {
      case 'step': {
        const step = steps.get(progress.id) ?? steps.size + 1;
        steps.set(progress.id, step);
        const name = progress.name.replaceAll(/\s+/g, ' ').trim();
        emit({ kind: 'step', stage, step, name, status: progress.status, durationMs: progress.durationMs });
        break;
      }
      case 'log':
        emit({ kind: 'log', stage, step: steps.get(progress.id) ?? 0, stream: progress.stream, text: progress.text });
        break;
      case 'transfer':
        emit({ kind: 'stage-progress', stage, detail: transferText(progress) });
        break;
      case 'warning':
        emit({ kind: 'warning', stage, message: progress.text });
        break;
    }
  };
}

/** `build context 12.3 MB`, `base image busybox 3.0 of 12.3 MB` */
function transferText({ what, doneBytes, totalBytes }: Extract<BuildProgress, { kind: 'transfer' }>): string {
  const done = megabytes(doneBytes);
  return totalBytes === null || totalBytes === 0
    ? `${what} ${done} MB`
    : `${what} ${done} of ${megabytes(totalBytes)} MB`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
