/**
 * One SIP message in the slab with where it came from. One instance per engine, overwritten by every frame.
 */
export class Packet {
  /** The SIP bytes: offsets into `lib/slab.ts` `SLAB`, end exclusive. */
  start = 0;
  end = 0;
  /** Index into `SOURCES`. */
  source = 0;
  /** Arrival, ms since the epoch, monotonic. */
  arrivedAt = 0;
  /** Capture time as the agent stated it, ms since the epoch; 0 when it stated none. */
  capturedAt = 0;
  /** HEP capture agent id (chunk 0x0c); 0 when none. */
  captureId = 0;
  /** IANA protocol number: 17 UDP, 6 TCP, 0 unknown. WebSocket numbers of the vendors (22, 50) are kept as sent. */
  transport = 0;
  /** HEP correlation id (chunk 0x11): offsets into the slab; start === end when there is none. */
  correlationStart = 0;
  correlationEnd = 0;
  /** Source address 16, destination address 16, source port 2, destination port 2; see `FrameMeta.addresses`. */
  readonly addresses = new Uint8Array(36);
  /** The same by words, in the byte order of the machine. */
  readonly words = new Int32Array(this.addresses.buffer);
  /** HEP protocol type (chunk 0x0b): 1 is SIP; 0 when it stated none. */
  protocolType = 0;
  /** Number of the relayed connection that it travelled over; 0: none. `fromClient`: its client sent it. */
  connection = 0;
  fromClient = false;
}
