/**
 * Calls with RTCP reports beside their signalling. A line of a script that has `~>` or `~<` for its direction is a
 * report of the caller's or callee's side, as HEP brings it:
 *
 *     0      > INVITE
 *     900    < 200
 *     6000   ~> sent=250 heard=1 highest=400
 *     6100   ~< sent=249
 *     12000  > BYE
 *
 * Options: `sent` (packets; left out: a receiver report), `heard` (blocks, 0 by default; `-`: nothing is said of them),
 * `highest`, `id` (Call-ID, `-`: none), `src`, `dst`, `raw` (RTCP as it is instead of JSON), `json` (this payload).
 */
import { encodeAddresses, encodeHep } from './hep.ts';
import { type Play, Rig, readScript, T0 } from './sip.ts';

const LINE = /^\s*(\d+)\s+~([<>])(.*)$/;
/** RTP of caller and callee; RTCP comes from the ports above. */
const CALLER = '10.0.0.1:4001';
const CALLEE = '10.0.0.2:5001';
const PACKET_WORDS = 7;
const BLOCK_WORDS = 6;

interface Report {
  readonly at: number;
  readonly bytes: Buffer;
}

type Options = Readonly<Record<string, string>>;

/** What Asterisk sends. */
function jsonOf({ sent, heard = '0', highest = '0' }: Options): string {
  const block = {
    ...{ source_ssrc: 1, fraction_lost: 0, packets_lost: 0, highest_seq_no: Number(highest) },
    ...{ ia_jitter: 20, lsr: '0', dlsr: 0 },
  };
  const sender = sent === undefined ? null : { packets: Number(sent), octets: 160 * Number(sent) };
  const blocks = Array.from({ length: Number(heard) }, () => block);
  const received = heard === '-' ? {} : { report_count: blocks.length, report_blocks: blocks };
  return JSON.stringify({ ssrc: 2, type: 200, sender_information: sender, ...received });
}

/** RFC 3550 §6.4.1, §6.4.2: a sender or a receiver report, and SDES behind it as every compound has. */
export function rtcpOf({ sent, heard = '0', highest = '0' }: Options): Buffer {
  const count = Number(heard);
  const words = (sent === undefined ? 2 : PACKET_WORDS) + count * BLOCK_WORDS;
  const report = Buffer.alloc(4 * words);
  report.writeUInt8(0x80 | count, 0);
  report.writeUInt8(sent === undefined ? 201 : 200, 1);
  report.writeUInt16BE(words - 1, 2);
  if (sent !== undefined) report.writeUInt32BE(Number(sent), 20);
  for (let i = 0; i < count; i++) {
    report.writeUInt32BE(Number(highest), 4 * (words - (count - i) * BLOCK_WORDS) + 8);
  }
  return Buffer.concat([report, Buffer.from('81ca0003000000020103746f6d000000', 'hex')]);
}

function readLine(line: string): Report | null {
  const [, at, arrow, rest = ''] = LINE.exec(line) ?? [];
  if (at === undefined) return null;
  const options: Options = Object.fromEntries(
    [...rest.matchAll(/(\w+)(?:=(\S+))?/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const { id = 'call-1' } = options;
  const [from, to] = arrow === '>' ? [CALLER, CALLEE] : [CALLEE, CALLER];
  const { src = from, dst = to } = options;
  const payload = options.json ?? (options.raw === undefined ? jsonOf(options) : rtcpOf(options));
  const correlation = id === '-' ? {} : { correlationId: id };
  const bytes = encodeHep({ payload, src, dst, protocolType: 5, ...correlation });
  return { at: Number(at), bytes };
}

/** Plays messages and reports in the order of their times, and lets time run out. */
export function playMedia(script: string, options: Play = {}): Rig {
  const lines = script.split('\n');
  const rig = new Rig(options);
  const reports = lines.flatMap((line) => readLine(line) ?? []);
  const steps = readScript(lines.filter((line) => !LINE.test(line)).join('\n'));
  const addresses = encodeAddresses('192.0.2.9:9060', '192.0.2.8:9060');
  const happenings = [
    ...steps.map((step) => ({ at: step.at, run: () => rig.send(step) })),
    ...reports.map(({ at, bytes }) => ({
      at,
      run: () => rig.frame(bytes, { payload: 'hep', arrivedAt: T0 + at, addresses }),
    })),
  ].sort((x, y) => x.at - y.at);
  for (const { run } of happenings) run();
  rig.finish(options.end ?? 'time');
  return rig;
}
