import { readFileSync } from 'node:fs';

/** One captured frame. `at`: record time, ms since the epoch, with microseconds as its fraction. */
export interface PcapRecord {
  readonly at: number;
  readonly linktype: number;
  readonly data: Buffer;
}

/** One UDP payload, or one SIP message of a TCP stream. `src`, `dst`: `192.0.2.1:5060`. */
export interface PcapPayload {
  readonly at: number;
  readonly src: string;
  readonly dst: string;
  /** IANA protocol number: 17 UDP, 6 TCP. */
  readonly transport: number;
  readonly payload: Buffer;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const LINKTYPE_ETHERNET = 1;
const ETHERTYPE_IPV4 = 0x0800;
const UDP = 17;
const TCP = 6;

/** Reads a classic pcap file of either byte order, microsecond times. Throws on anything else: fixtures are ours. */
export function* readPcap(path: string): Generator<PcapRecord> {
  const file = readFileSync(path);
  const little = file.readUInt32LE(0) === MAGIC_MICROSECONDS;
  if (!little && file.readUInt32BE(0) !== MAGIC_MICROSECONDS) throw new Error(`no pcap: ${path}`);
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linktype = u32(20);
  for (let at = 24; at + 16 <= file.length; ) {
    const length = u32(at + 8);
    const data = file.subarray(at + 16, at + 16 + length);
    yield { at: u32(at) * 1000 + u32(at + 4) / 1000, linktype, data };
    at += 16 + length;
  }
}

/** The UDP payloads of a capture, in record order: HEP packets of a `.hep.pcap`, SIP messages of a `.sip.pcap`. */
export function* udpPayloads(path: string): Generator<PcapPayload> {
  for (const record of readPcap(path)) {
    const ip = ipv4(record);
    if (ip?.protocol === UDP) yield udpPayload(record.at, ip);
  }
}

/** Every SIP message of a capture over UDP and TCP, in record order; of TCP at the record that completes it. */
export function* sipPayloads(path: string): Generator<PcapPayload> {
  const streams = new Map<string, TcpStream>();
  for (const record of readPcap(path)) {
    const ip = ipv4(record);
    if (ip?.protocol === UDP) yield udpPayload(record.at, ip);
    if (ip?.protocol === TCP) yield* tcpPayloads(record.at, ip, streams);
  }
}

interface Ipv4 {
  readonly protocol: number;
  readonly src: string;
  readonly dst: string;
  /** Transport header and payload, without Ethernet padding. */
  readonly body: Buffer;
}

function ipv4(record: PcapRecord): Ipv4 | null {
  if (record.linktype !== LINKTYPE_ETHERNET) throw new Error(`linktype ${record.linktype}`);
  const frame = record.data;
  if (frame.readUInt16BE(12) !== ETHERTYPE_IPV4) return null;
  const ip = frame.subarray(14);
  if ((ip.readUInt16BE(6) & 0x3fff) !== 0) throw new Error('fragmented IPv4: not supported here');
  const body = ip.subarray((ip.readUInt8(0) & 0x0f) * 4, ip.readUInt16BE(2));
  const host = (at: number) => ip.subarray(at, at + 4).join('.');
  return {
    protocol: ip.readUInt8(9),
    src: `${host(12)}:${body.readUInt16BE(0)}`,
    dst: `${host(16)}:${body.readUInt16BE(2)}`,
    body,
  };
}

function udpPayload(at: number, ip: Ipv4): PcapPayload {
  const payload = ip.body.subarray(8, ip.body.readUInt16BE(4));
  return { at, src: ip.src, dst: ip.dst, transport: UDP, payload };
}

/** One direction of a connection: the next sequence number and the bytes that make no whole message yet. */
interface TcpStream {
  next: number;
  pending: Buffer;
}

function* tcpPayloads(
  at: number,
  ip: Ipv4,
  streams: Map<string, TcpStream>,
): Generator<PcapPayload> {
  const sequence = ip.body.readUInt32BE(4);
  const data = ip.body.subarray((ip.body.readUInt8(12) >>> 4) * 4);
  const key = `${ip.src} ${ip.dst}`;
  const syn = (ip.body.readUInt8(13) & 0x02) !== 0;
  if (syn) streams.set(key, { next: (sequence + 1) >>> 0, pending: Buffer.alloc(0) });
  if (syn || data.length === 0) return;
  const stream = streams.get(key) ?? { next: sequence, pending: Buffer.alloc(0) };
  streams.set(key, stream);
  // A retransmission starts before the next number and repeats what was seen; a gap cannot occur on loopback.
  const seen = (stream.next - sequence) | 0;
  if (seen < 0) throw new Error(`gap in TCP stream ${key}`);
  if (seen >= data.length) return;
  stream.next = (sequence + data.length) >>> 0;
  stream.pending = Buffer.concat([stream.pending, data.subarray(seen)]);
  for (let end = messageEnd(stream.pending); end > 0; end = messageEnd(stream.pending)) {
    const payload = stream.pending.subarray(0, end);
    stream.pending = stream.pending.subarray(end);
    // RFC 3261 section 7.5: CRLF before a start line is a keep-alive.
    if (payload.length > 4 || payload.toString('latin1').trim() !== '') {
      yield { at, src: ip.src, dst: ip.dst, transport: TCP, payload };
    }
  }
}

/** Where the first message of a stream ends (RFC 3261 section 18.3); 0 while it is incomplete. */
function messageEnd(bytes: Buffer): number {
  if (bytes.length >= 2 && bytes.readUInt16BE(0) === 0x0d0a) return 2;
  const blank = bytes.indexOf('\r\n\r\n');
  if (blank < 0) return 0;
  const header = bytes.toString('latin1', 0, blank);
  const length = Number(/\r\n(?:content-length|l)[ \t]*:[ \t]*(\d+)/i.exec(header)?.[1] ?? 0);
  const end = blank + 4 + length;
  return end <= bytes.length ? end : 0;
}
