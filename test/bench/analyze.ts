import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CaptureInput } from '../../src/capture-input.ts';
import { readCaptures } from '../../src/captures.ts';
import { createBench } from './in-memory.ts';
import { cpuMicros, type Row, row } from './measure.ts';
import { CallStream } from './stream.ts';

/** SIP messages in each generated capture. */
const MESSAGES = 600_000;
/** Calls in progress, and messages of recorded time per second. */
const IN_PROGRESS = 10_000;
const RATE = 10_000;
const REACH = 300_000;

/** What a generated capture holds its messages in. */
type Form = 'udp' | 'tcp' | 'hep';
const FORMS: readonly Form[] = ['udp', 'tcp', 'hep'];

const MAIN = join(import.meta.dirname, '../../../../dist/main.js');
const HEADERS = 16 + 14 + 20;
const UDP_LENGTH = 8;
const TCP_LENGTH = 20;

/** Writes a capture of so many messages: Ethernet, IPv4, and UDP, one TCP connection for each pair, or HEP in UDP. */
export function writeCapture(path: string, form: Form, messages = MESSAGES): number {
  const stream = new CallStream({ inProgress: IN_PROGRESS, rate: RATE });
  const file = openSync(path, 'w');
  const sequences = new Map<string, number>();
  writeSync(file, fileHeader());
  let written = 0;
  const write = (): void => {
    const { packets, messages: sips, count, at } = stream.batch;
    const records: Buffer[] = [];
    for (let i = 0; i < count && written < messages; i++, written++) {
      const packet = packets[i] ?? Buffer.alloc(0);
      const payload = (form === 'hep' ? packet : sips[i]) ?? packet;
      records.push(record(form, payload, packet, at[i] ?? 0, sequences));
    }
    writeSync(file, Buffer.concat(records));
  };
  while (stream.establish()) write();
  while (written < messages) {
    stream.fill();
    write();
  }
  // Or the system would write it back while it is read.
  fsyncSync(file);
  closeSync(file);
  return written;
}

function fileHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** The body of the HEP chunk of this type (`test/support/hep.ts` writes them in front of the payload). */
function chunk(packet: Uint8Array, type: number): Buffer {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  for (let at = 6; at < bytes.length; at += bytes.readUInt16BE(at + 4)) {
    if (bytes.readUInt16BE(at + 2) === type)
      return bytes.subarray(at + 6, at + bytes.readUInt16BE(at + 4));
  }
  throw new Error(`no chunk ${type}`);
}

function record(
  form: Form,
  payload: Uint8Array,
  packet: Uint8Array,
  at: number,
  sequences: Map<string, number>,
): Buffer {
  const transport = form === 'tcp' ? TCP_LENGTH : UDP_LENGTH;
  const bytes = Buffer.alloc(HEADERS + transport + payload.length);
  const length = bytes.length - 16;
  bytes.writeUInt32LE(Math.floor(at / 1000), 0);
  bytes.writeUInt32LE(Math.floor((at % 1000) * 1000), 4);
  bytes.writeUInt32LE(length, 8);
  bytes.writeUInt32LE(length, 12);
  bytes.writeUInt16BE(0x0800, 28);
  bytes.writeUInt16BE(0x4500, 30);
  bytes.writeUInt16BE(length - 14, 32);
  bytes.writeUInt16BE(form === 'tcp' ? 0x4006 : 0x4011, 38);
  const ends = [chunk(packet, 3), chunk(packet, 4), chunk(packet, 7), chunk(packet, 8)];
  bytes.set(Buffer.concat(ends.slice(0, 2)), 42);
  bytes.set(Buffer.concat(ends.slice(2)), 50);
  if (form === 'tcp') {
    const key = Buffer.concat(ends).toString('latin1');
    const sequence = sequences.get(key) ?? 1;
    sequences.set(key, sequence + payload.length);
    bytes.writeUInt32BE(sequence >>> 0, 54);
    bytes.writeUInt16BE(0x5010, 62);
  } else bytes.writeUInt16BE(UDP_LENGTH + payload.length, 54);
  bytes.set(payload, HEADERS + transport);
  return bytes;
}

/** Part `analyze`: messages a second out of a file, in this process and as the command. */
export async function analyzeRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-bench-'));
  try {
    const rows: Row[] = [];
    for (const form of FORMS) rows.push(...(await formRows(join(folder, `${form}.pcap`), form)));
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function formRows(path: string, form: Form): Promise<Row[]> {
  const written = writeCapture(path, form);
  const megabytes = statSync(path).size / 1_000_000;
  const decode = await decodeMicros(path, written);
  const whole = await engineMicros(path, written);
  const from = performance.now();
  const run = spawnSync(process.execPath, [MAIN, 'analyze', '--format', 'json', path]);
  const seconds = (performance.now() - from) / 1000;
  const report: { input: { messages: number } } = JSON.parse(run.stdout.toString());
  if (report.input.messages !== written) throw new Error(`${form}: not all was read`);
  rmSync(path);
  return [
    row(`${form}: decoding alone`, decode, 'us CPU/message'),
    row(`${form}: file to verdict`, whole, 'us CPU/message'),
    row(`${form}: callfate analyze`, written / seconds, 'messages/s', {
      reach: REACH,
      good: 'above',
      note: `${megabytes.toFixed(0)} MB in ${seconds.toFixed(1)} s, start included`,
    }),
  ];
}

async function decodeMicros(path: string, messages: number): Promise<number> {
  let seen = 0;
  const input = new CaptureInput({
    frame: () => undefined,
    relay: () => {
      seen++;
    },
    discard: () => undefined,
  });
  const micros = await readMicros(path, input);
  if (seen !== messages) throw new Error(`decoded ${seen} of ${messages} messages`);
  return micros / messages;
}

async function engineMicros(path: string, messages: number): Promise<number> {
  const { engine } = createBench({ inProgress: 16, rate: RATE, max: 131_072 });
  const micros = await readMicros(path, new CaptureInput(engine.pipeline));
  if (engine.pipeline.messages !== messages) throw new Error('not all was read');
  return micros / messages;
}

async function readMicros(path: string, input: CaptureInput): Promise<number> {
  const before = cpuMicros();
  await readCaptures({
    names: [path],
    input: Readable.from([]),
    packet: (one) => input.packet(one),
    turn: async () => true,
  });
  return cpuMicros() - before;
}
