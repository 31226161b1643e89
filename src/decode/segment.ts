/**
 * One UDP payload or TCP segment, in place. Overwritten by the next one.
 */
export class Segment {
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The payload: offsets into `bytes`, end exclusive. */
  start = 0;
  end = 0;
  /** The capture kept less of the packet than was sent. */
  cut = false;
  /** Bytes of the payload that the capture cut off, as far as the IP header tells. */
  missing = 0;
  /** Source address 16, destination address 16, source port 2, destination port 2; see `FrameMeta.addresses`. */
  readonly addresses: Buffer = Buffer.alloc(36);
  /** Of a TCP segment: its sequence number, unsigned, and the flags below. */
  sequence = 0;
  flags = 0;
}

/** RFC 9293 section 3.1. */
export const TCP_FLAG = { fin: 0x01, syn: 0x02, rst: 0x04 } as const;
