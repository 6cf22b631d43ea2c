import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Packet } from './messages.ts';

/** Writes packets no faster than the builder takes them. Once the call is over, writes do nothing and wait for nothing. */
export class PacketWriter {
  readonly #call: ServerDuplexStream<Packet, Packet>;
  #draining: PromiseWithResolvers<void> | null = null;
  #isStopped = false;

  constructor(call: ServerDuplexStream<Packet, Packet>) {
    this.#call = call;
    call.on('drain', () => this.#release());
    for (const event of ['cancelled', 'close', 'error']) {
      call.on(event, () => {
        this.#isStopped = true;
        this.#release();
      });
    }
  }

  get isStopped(): boolean {
    return this.#isStopped || this.#call.cancelled;
  }

  /** Undefined where the next packet may follow at once: awaiting 20,000 resolved promises would cost more than they do. */
  write(packet: Packet): Promise<void> | undefined {
    if (this.isStopped) return undefined;
    if (this.#call.write(packet)) return undefined;
    this.#draining ??= Promise.withResolvers<void>();
    return this.#draining.promise;
  }

  #release(): void {
    this.#draining?.resolve();
    this.#draining = null;
  }
}
