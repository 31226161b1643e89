import { LoggerFactory, Parser } from 'sip.js/lib/core/index.js';
import { decodeHep } from '../../src/decode/hep.ts';
import { HEP_STATUS } from '../../src/decode/hep-table.ts';
import { Packet } from '../../src/decode/packet.ts';
import { loadSlab } from '../../src/lib/slab.ts';
import { createScanner } from '../../src/scanner.ts';
import { SCAN, SipScanner } from '../../src/sip/scan.ts';
import { createBench, establish, RATE, steady } from './in-memory.ts';
import { type Row, row, Slices } from './measure.ts';
import { CallStream } from './stream.ts';

const CPU = 'us CPU/message';
const ROUNDS = 150;
/** sip.js takes milliseconds a message. */
const PEER_MESSAGES = 150;

/** CPU time per message of `work`, which returns false when it did not understand one. */
function measure(units: number, rounds: number, work: () => boolean): Slices {
  for (let i = 0; i < Math.ceil(rounds / 4); i++) work();
  const slices = new Slices(Math.floor((units * rounds) / 9));
  for (let i = 0; i < rounds; i++) {
    slices.measure(units, () => {
      if (!work()) throw new Error('a message was not understood');
    });
  }
  return slices;
}

function messagesOf(padding: number): { packets: Uint8Array[]; messages: Uint8Array[] } {
  const stream = new CallStream({ inProgress: 1000, rate: RATE, padding });
  while (stream.establish());
  // Past the set-ups that begin together.
  for (let i = 0; i < 20; i++) stream.fill();
  const { packets, messages } = stream.fill();
  return { packets, messages };
}

function average(list: readonly Uint8Array[]): number {
  return list.reduce((sum, { length }) => sum + length, 0) / list.length;
}

/** What the figures are about. */
function fastScanner(): SipScanner {
  const { scanner, problem } = createScanner();
  if (problem !== null) throw new Error(`the plain scanner: ${problem}`);
  return scanner;
}

function scanCost(messages: readonly Uint8Array[], scanner = fastScanner()): Slices {
  return measure(messages.length, ROUNDS, () => {
    let good = true;
    for (const bytes of messages) {
      good = scanner.scan(0, loadSlab(bytes)) === SCAN.OK && good;
    }
    return good;
  });
}

function decodeCost(packets: readonly Uint8Array[]): Slices {
  const packet = new Packet();
  const options = { authKey: null };
  return measure(packets.length, ROUNDS, () => {
    let good = true;
    for (const bytes of packets) {
      good = decodeHep(0, loadSlab(bytes), packet, options) === HEP_STATUS.ok && good;
    }
    return good;
  });
}

function sipJsCost(messages: readonly Uint8Array[]): Slices {
  const texts = messages.slice(0, PEER_MESSAGES).map((bytes) => Buffer.from(bytes).toString());
  const factory = new LoggerFactory();
  factory.builtinEnabled = false;
  const logger = factory.getLogger('bench');
  return measure(texts.length, 4, () =>
    texts.every((text) => Parser.parseMessage(text, logger) !== undefined),
  );
}

/** Part `parsers`: the first stages alone, beside sip.js's parser on the same messages. */
export function parserRows(): Row[] {
  const { packets, messages } = messagesOf(0);
  const scan = scanCost(messages);
  const plain = scanCost(messages, new SipScanner());
  const decode = decodeCost(packets);
  const peer = sipJsCost(messages);
  const size = `${Math.round(average(messages))} B on average`;
  return [
    row('SIP scan, with the copy into the slab', scan.median, 'us CPU/message', { note: size }),
    row('the same by the plain scanner', plain.median, CPU, {
      note: `${(plain.median / scan.median).toFixed(1)} x the scan`,
    }),
    row('HEP decode, with the copy into the slab', decode.median, CPU),
    row("sip.js's parser, same messages", peer.median, CPU, {
      note: `${Math.round(peer.median / scan.median)} x the scan; it builds a whole message`,
    }),
  ];
}

/** The smallest request that is whole (RFC 3261 §8.1.1), compact forms. */
const SMALLEST = [
  'BYE sip:a SIP/2.0',
  'v:SIP/2.0/UDP h;branch=z9hG4bK1',
  'f:<sip:a>;tag=1',
  't:<sip:b>;tag=2',
  'i:1',
  'CSeq:2 BYE',
  '',
  '',
].join('\r\n');

/** Part `sizes`: how cost grows with the length of messages. */
export function sizeRows(): Row[] {
  const smallest = new Array<Buffer>(1000).fill(Buffer.from(SMALLEST));
  const scans = [0, 1500, 3400, 7400].map((padding) => messagesOf(padding).messages);
  const engines = [0, 1500, 7400].map((padding) => {
    const bench = createBench({ inProgress: 10_000, rate: RATE, max: 131_072, padding });
    establish(bench);
    const slices = steady(bench);
    return { size: average(bench.stream.batch.messages), slices };
  });
  return [
    ...[smallest, ...scans].map((messages) =>
      row(`SIP scan, ${Math.round(average(messages))} B`, scanCost(messages).median, CPU),
    ),
    ...engines.map(({ size, slices }) =>
      row(`HEP to verdict, 10,000 calls, ${Math.round(size)} B`, slices.median, CPU),
    ),
  ];
}
