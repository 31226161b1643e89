/**
 * One captured packet, in place: offsets into the buffer of whoever read it. Overwritten by the next one, so that a
 * packet costs no object.
 */
export class CaptureRecord {
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The packet as captured: offsets, end exclusive. */
  start = 0;
  end = 0;
  /** Less was kept of the packet than was on the wire. */
  cut = false;
  /** LINKTYPE_ value, see `LINK_TYPES`. */
  linkType = 0;
  /** Time of the record in [0], ms since the epoch with µs as its fraction. A slot, since a field would be boxed. */
  readonly time = new Float64Array(1);
}

/** The longest packet that is read, bytes: MAXIMUM_SNAPLEN of libpcap. */
export const CAPTURED_MAX = 262_144;

/** Why a file ends before its last byte. `offset`: bytes from its start (of gzip: uncompressed). */
export interface CaptureStop {
  /** `truncated`: the file ends in the middle. `corrupt`: what stands there cannot be. `foreign`: it is no capture. */
  readonly kind: 'truncated' | 'corrupt' | 'foreign';
  readonly offset: number;
  readonly what: string;
}

/** What `CaptureFormat.read` found at an offset, besides a number of bytes to go on by. */
export const READ = { MORE: 0, CORRUPT: -1 } as const;

/** One file format. State is that of one file. */
export interface CaptureFormat {
  /** True: the bytes that were just read are a packet, now in the record. False: something else, passed over. */
  readonly isPacket: boolean;
  /** What is wrong, after `CORRUPT`. */
  readonly problem: string;
  /** Packets that the kernel or the interface dropped, as the file says; null: it does not say. */
  readonly dropped: number | null;
  /** Blocks that were broken in themselves and passed over. */
  readonly broken: number;
  /**
   * Reads what stands at `at` of the record's buffer, which holds bytes up to `end`. Returns how many bytes to go on by,
   * which may be more than there are, or a `READ` value. Never throws.
   */
  read(record: CaptureRecord, at: number, end: number): number;
}
