interface TransferStatus {
  /** Name of the step that transfers. */
  readonly vertex: string;
  /** What is transferred: a layer's digest, or words such as `transferring context:`. */
  readonly id: string;
  /** What is done with it, where the id does not say: `downloading`, `extracting`. */
  readonly name: string;
  readonly current: number;
  readonly total: number;
}

export interface Transfer {
  readonly what: string;
  readonly doneBytes: number;
  /** Null where the builder does not know. */
  readonly totalBytes: number | null;
}

/** Sums up the bytes that BuildKit moves: the build context, the layers of base images. */
export class TransferTally {
  readonly #layers = new Map<string, Map<string, { readonly current: number; readonly total: number }>>();

  /** The new sum; null for what is no transfer. */
  add(status: TransferStatus): Transfer | null {
    if (status.vertex === '[internal] load build context') {
      return { what: 'build context', doneBytes: status.current, totalBytes: null };
    }
    const isLayer = status.id.startsWith('sha256:') && status.name === 'downloading';
    if (!isLayer) return null;
    const layers = this.#layers.get(status.vertex) ?? new Map<string, { current: number; total: number }>();
    this.#layers.set(status.vertex, layers);
    layers.set(status.id, { current: status.current, total: status.total });
    const sum = (pick: 'current' | 'total'): number =>
      [...layers.values()].reduce((total, layer) => total + layer[pick], 0);
    return { what: baseImageOf(status.vertex), doneBytes: sum('current'), totalBytes: sum('total') };
  }
}

function baseImageOf(vertex: string): string {
  const image = /\bFROM (?:--\S+ )*(?<image>[^\s@]+)/.exec(vertex)?.groups?.['image'];
  return image === undefined ? 'base image' : `base image ${image}`;
}
