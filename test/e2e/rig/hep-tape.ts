/**
 * Records the HEP packets of a real peer, and plays them again where that peer is missing.
 *
 *     hep-tape.js record FILE FROM_PORT TO_PORT   passes packets on and appends each to FILE, until it is stopped
 *     hep-tape.js play FILE TO_PORT               sends the packets of FILE, as far apart as they came
 *
 * FILE has one JSON object a line: `ms` since the first packet, and `hep`, the packet with a byte in each character.
 */
import { createSocket } from 'node:dgram';
import { appendFileSync, readFileSync } from 'node:fs';

export type TapeMode = 'record' | 'play';

const HOST = '127.0.0.1';
/** "HEP3" and the length; then chunks: vendor, type and length of two bytes each, and a payload. */
const HEADER = 6;
const CHUNK_HEADER = 6;
/** Generic chunks with the capture time. */
const SECONDS = 0x0009;
const MICROSECONDS = 0x000a;

interface Recorded {
  readonly ms: number;
  readonly hep: string;
}

function record(file: string, from: number, to: number): void {
  const socket = createSocket('udp4');
  let first: number | undefined;
  socket.on('message', (packet) => {
    const now = performance.now();
    first ??= now;
    const line: Recorded = { ms: Math.round(now - first), hep: packet.toString('latin1') };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    socket.send(packet, to, HOST);
  });
  socket.bind(from, HOST);
}

async function play(file: string, to: number): Promise<void> {
  const socket = createSocket('udp4');
  const began = performance.now();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const { ms, hep } = JSON.parse(line) as Recorded;
    const wait = ms - (performance.now() - began);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const packet = Buffer.from(hep, 'latin1');
    stamp(packet, Date.now());
    await new Promise((resolve) => socket.send(packet, to, HOST, resolve));
  }
  socket.close();
}

/** Makes `ms`, Unix time, the capture time: the recorded one would be refused as too far from now. */
function stamp(packet: Buffer, ms: number): void {
  for (let at = HEADER; at + CHUNK_HEADER <= packet.length; at += packet.readUInt16BE(at + 4)) {
    if (packet.readUInt16BE(at) !== 0) continue;
    const type = packet.readUInt16BE(at + 2);
    const value = at + CHUNK_HEADER;
    if (type === SECONDS) packet.writeUInt32BE(Math.floor(ms / 1000), value);
    if (type === MICROSECONDS) packet.writeUInt32BE((ms % 1000) * 1000, value);
  }
}

const [mode, file = '', first = '', second = ''] = process.argv.slice(2);
if (mode === 'record') record(file, Number(first), Number(second));
else await play(file, Number(first));
