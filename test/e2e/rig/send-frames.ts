/**
 * Sends the packets of a capture, as they are, out of an interface. For Linux with pointers of 64 bits.
 *
 *     send-frames.js INTERFACE FILE.pcap
 */
import { readFileSync } from 'node:fs';
import koffi from 'koffi';

/** packet(7). */
const AF_PACKET = 17;
const SOCK_RAW = 3;
/** A classic capture, little-endian: header of the file, and of each packet. */
const FILE_HEADER = 24;
const PACKET_HEADER = 16;

const libc = koffi.load(null);
const socket = libc.func('int socket(int, int, int)');
const indexOf = libc.func('unsigned int if_nametoindex(const char *)');
const sendto = libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)');

const [, , name = '', file = ''] = process.argv;
const descriptor = socket(AF_PACKET, SOCK_RAW, 0);
// struct sockaddr_ll: family, protocol, interface.
const address = Buffer.alloc(20);
address.writeUInt16LE(AF_PACKET, 0);
address.writeInt32LE(indexOf(name), 4);
const capture = readFileSync(file);
for (let at = FILE_HEADER; at < capture.length; ) {
  const start = at + PACKET_HEADER;
  const end = start + capture.readUInt32LE(at + 8);
  const packet = capture.subarray(start, end);
  const sent = sendto(descriptor, packet, packet.length, 0, address, address.length);
  if (sent !== packet.length) throw new Error(`sendto: ${koffi.errno()}`);
  at = end;
}
