/** Where and when a message was seen, as the tracker needs it; `decode/packet.ts` `Packet` is one. */
export interface Arrival {
  /** Index into the sources. */
  readonly source: number;
  /** ms since the epoch, monotonic: timers run on it. */
  readonly arrivedAt: number;
  /** ms since the epoch as the capture agent stated it; 0: not stated. */
  readonly capturedAt: number;
  readonly captureId: number;
  /** HEP correlation id in the slab; start === end when there is none. */
  readonly correlationStart: number;
  readonly correlationEnd: number;
  /** Source address 16, destination address 16, source port 2, destination port 2. */
  readonly addresses: Uint8Array;
  /** Number of the relayed connection that it travelled over; 0: none. */
  readonly connection: number;
  /** True: the client of that connection sent it. */
  readonly fromClient: boolean;
}

/** False when nothing says where the message came from: that is not the same as an unlisted address. */
export function isSourceKnown({ addresses }: Arrival): boolean {
  for (let i = 0; i < 16; i++) if (addresses[i] !== 0) return true;
  return false;
}

/** A byte for the capture agent: two agents with the same one are told apart by time alone. */
export function tapOf({ captureId, source }: Arrival): number {
  const half = captureId ^ (captureId >>> 16);
  return (half ^ (half >>> 8) ^ (source << 4)) & 0xff;
}
