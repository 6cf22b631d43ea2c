import { FRAME_BYTES, type GrpcCall } from './grpc.ts';
import { packetHead, type Packet } from './messages.ts';

/** Writes packets no faster than the builder takes them. Once the call is over, writes do nothing and wait for nothing. */
export class PacketWriter {
  readonly #call: GrpcCall;

  constructor(call: GrpcCall) {
    this.#call = call;
  }

  get isStopped(): boolean {
    return this.#call.isOver;
  }

  /** Undefined where the next packet may follow at once: awaiting 20,000 resolved promises would cost more than they do. */
  write(packet: Packet): Promise<void> | undefined {
    return this.#call.send(packetHead(packet, FRAME_BYTES), packet.data) ? undefined : this.#call.drained();
  }
}
