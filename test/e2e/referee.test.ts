/**
 * tshark as referee: SIPp calls SIPp through Kamailio, over UDP and TCP, tcpdump writes it down, and `callfate analyze`
 * must read the same messages out of it as tshark, and the same end of every call. So must both of the same capture
 * with TCP segments out of order, sent twice, or missing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CaptureInput } from '../../src/capture-input.ts';
import { readCaptures } from '../../src/captures.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { Engine } from '../../src/engine.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { FIELD, METHODS } from '../../src/sip/scan.ts';
import { type PcapRecord, readPcap } from '../support/pcap.ts';
import { kamailioIn } from './rig/kamailio.ts';
import { CONFIGURATION, Namespace, ROOT } from './rig/namespace.ts';
import { poll } from './rig/poll.ts';
import { type Calls, placeCalls } from './rig/sipp.ts';
import { canRun } from './rig/suite.ts';

const MAIN = join(ROOT, 'dist/main.js');
const PROXY_UDP = '127.0.0.1:5060';
const PROXY_TCP = '127.0.0.1:8088';
const CALLS = 3;
const MTU = 1400;
const WRITTEN_MS = 10_000;
const CONFIG = join(CONFIGURATION, 'callfate-capture.yml');
const ETHERNET = 1;
/** SIP stands at these ports, whatever tshark would take them for. */
const DECODE_AS = ['udp.port==5062,sip', 'udp.port==5080,sip', 'tcp.port==8088,sip'];

const nothing = 'Subject: nothing to add';
const callee = (template: string, values: Record<string, string>) => ({
  callees: [{ template, values, address: '127.0.0.11' }],
});
const ringing = callee('uas-answers', { ringMs: '200' });

/** The call whose BYE is the last. */
const LAST = `fragmented-${CALLS}`;

/** `final`: to the INVITE. */
const PLAYED: readonly (Omit<Calls, 'count'> & { readonly final: number })[] = [
  ...(['udp', 'tcp'] as const).flatMap((transport) => {
    const target = transport === 'udp' ? PROXY_UDP : PROXY_TCP;
    const common = { target, transport };
    return [
      {
        ...common,
        name: `answered-${transport}`,
        final: 200,
        caller: { template: 'uac-hangs-up', values: { user: 'trunk', bye: nothing } },
        ...ringing,
      },
      {
        ...common,
        name: `refused-${transport}`,
        final: 486,
        caller: { template: 'uac-is-refused', values: { user: 'trunk', status: '486' } },
        ...callee('uas-refuses', { status: '486', phrase: 'Busy Here', header: nothing }),
      },
      {
        ...common,
        name: `cancelled-${transport}`,
        final: 487,
        caller: { template: 'uac-cancels-ringing', values: { user: 'trunk', cancel: nothing } },
        ...callee('uas-rings', {}),
      },
    ];
  }),
  {
    // Its BYE is longer than the MTU.
    name: 'fragmented',
    final: 200,
    target: PROXY_UDP,
    caller: {
      template: 'uac-hangs-up',
      values: { user: 'trunk', bye: `X-Long: ${'long '.repeat(600)}end` },
    },
    ...ringing,
  },
];

/** What was read out of a capture: how many of each message by Call-ID, and how each INVITE ended. */
interface Reading {
  readonly messages: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly finals: Readonly<Record<string, number | null>>;
}

type Tree = Readonly<Record<string, unknown>>;

const asTree = (value: unknown): Tree => (value ?? {}) as Tree;
const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** Every SIP message that tshark finds, in order. Told to put segments in order, it waits for ever for one that is missing. */
function dissect(
  file: string,
  ordering: boolean,
): readonly { callId: string; method: string; status: number }[] {
  const decode = DECODE_AS.flatMap((rule) => ['-d', rule]);
  const order = ['-o', `tcp.reassemble_out_of_order:${ordering}`];
  const format = ['-T', 'json', '--no-duplicate-keys', '-J', 'sip'];
  const args = ['-n', '-r', file, '-Y', 'sip', ...order, ...decode, ...format];
  const run = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  expect(run.status, run.stderr).toBe(0);
  return (JSON.parse(run.stdout) as readonly Tree[])
    .flatMap((frame) => asList(asTree(asTree(frame._source).layers).sip))
    .map((sip) => {
      const headers = asTree(asTree(sip)['sip.msg_hdr_tree']);
      const cseq = asTree(headers['sip.CSeq_tree']);
      const line = asTree(asTree(sip)['sip.Status-Line_tree']);
      return {
        callId: String(headers['sip.Call-ID']),
        method: String(cseq['sip.CSeq.method']),
        status: Number(line['sip.Status-Code'] ?? 0),
      };
    });
}

/** By Call-ID: as many as there are of each, and the final status that the caller saw: the last one on the wire. */
function readByTshark(file: string, ordering = true): Reading {
  const messages: Record<string, Record<string, number>> = {};
  const finals: Record<string, number | null> = {};
  for (const { callId, method, status } of dissect(file, ordering)) {
    const what = status === 0 ? method : `${status} ${method}`;
    count(messages, callId, what);
    finals[callId] ??= null;
    if (method === 'INVITE' && status >= 200) finals[callId] = status;
  }
  return { messages, finals };
}

/** What `callfate analyze` says of the capture; its engine is asked once more for the messages of each call. */
async function readByCallfate(file: string): Promise<Reading & { readonly counted: number }> {
  const { input } = JSON.parse(analyze(file, 'json'));
  const verdicts = analyze(file, 'jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict);
  const finals = Object.fromEntries(verdicts.map(({ callId, sip }) => [callId, sip.status]));
  return { messages: await messagesOf(file), finals, counted: input.messages };
}

function analyze(file: string, format: string): string {
  const args = [MAIN, 'analyze', '--config', CONFIG, '--format', format, file];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return run.stdout;
}

async function messagesOf(file: string): Promise<Reading['messages']> {
  const messages: Record<string, Record<string, number>> = {};
  const engine = new Engine(engineOptions(DEFAULTS, 'test'), () => undefined);
  engine.pipeline.tap = (message) => {
    const method = METHODS[message.method] ?? '';
    const what = message.isRequest ? method : `${message.status} ${method}`;
    count(messages, message.text(FIELD.callId), what);
  };
  const capture = new CaptureInput(engine.pipeline);
  await readCaptures({
    names: [file],
    input: Readable.from([]),
    packet: (record) => capture.packet(record),
    turn: async () => true,
  });
  capture.finish();
  return messages;
}

function count(
  messages: Record<string, Record<string, number>>,
  callId: string,
  what: string,
): void {
  messages[callId] ??= {};
  messages[callId][what] = (messages[callId][what] ?? 0) + 1;
}

function sum({ messages }: Reading): number {
  return Object.values(messages)
    .flatMap((counts) => Object.values(counts))
    .reduce((x, y) => x + y, 0);
}

/** Both read the same; returns it. */
async function agree(file: string, ordering = true): Promise<Reading> {
  const { counted, ...callfate } = await readByCallfate(file);
  const tshark = readByTshark(file, ordering);
  expect(callfate).toEqual(tshark);
  expect(counted).toBe(sum(tshark));
  return tshark;
}

/** A pcap file of these packets, microsecond times. */
function pcapOf(records: readonly PcapRecord[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x40000, 16);
  header.writeUInt32LE(ETHERNET, 20);
  const packets = records.map(({ at, data }) => {
    const head = Buffer.alloc(16);
    const micros = Math.round(at * 1000);
    head.writeUInt32LE(Math.floor(micros / 1_000_000), 0);
    head.writeUInt32LE(micros % 1_000_000, 4);
    head.writeUInt32LE(data.length, 8);
    head.writeUInt32LE(data.length, 12);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat([header, ...packets]);
}

/** TCP segments with this text. The IPv4 header of what loopback carries has no options. */
const isSegment = (text: string) => (record: PcapRecord) =>
  record.data[23] === 6 && record.data.includes(text);

/** Index of the caller's BYE over TCP, and of the ACK that it sent before. */
function ackAndBye(records: readonly PcapRecord[]): readonly [number, number] {
  const bye = records.findIndex(isSegment('BYE sip'));
  return [records.slice(0, bye).findLastIndex(isSegment('ACK sip')), bye];
}

describe.runIf(canRun('tshark as referee', ['tcpdump', 'tshark']))('tshark as referee', () => {
  let namespace: Namespace;
  let directory: string;
  let records: readonly PcapRecord[];

  /** A capture of these packets. */
  async function write(name: string, packets: readonly PcapRecord[]): Promise<string> {
    const file = join(directory, `${name}.pcap`);
    await writeFile(file, pcapOf(packets));
    return file;
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'callfate-referee-'));
    namespace = await Namespace.open('referee');
    const capture = join(namespace.directory, 'calls.pcap');
    const mtu = ['link', 'set', 'dev', 'lo', 'mtu', String(MTU)];
    await namespace.start({ name: 'mtu', command: 'ip', args: mtu, ready: [] });
    await namespace.wait('mtu', 5000);
    await namespace.start({
      name: 'tcpdump',
      command: 'tcpdump',
      args: ['-i', 'lo', '--immediate-mode', '-U', '-Z', 'root', '-w', capture],
      ready: [{ kind: 'log', file: 'tcpdump.err', text: 'listening on' }],
    });
    await namespace.start(kamailioIn(namespace.directory, { hep: false }));
    for (const calls of PLAYED) await placeCalls(namespace, { ...calls, count: CALLS });
    const isLast = ({ data }: PcapRecord) =>
      data.includes('SIP/2.0 200') && data.includes('CSeq: 2 BYE') && data.includes(LAST);
    const written = async () => {
      records = [...readPcap(capture)];
      return records.filter(isLast).length === 2 || undefined;
    };
    await poll(written, WRITTEN_MS, () => `tcpdump has written ${records.length} packets`);
  });

  afterAll(async () => {
    await namespace?.close();
    for (const path of [directory, namespace?.directory]) {
      if (path !== undefined) await rm(path, { recursive: true, force: true });
    }
  });

  test('every message, and every end', async () => {
    const { finals } = await agree(await write('whole', records));
    const played = PLAYED.flatMap(({ name, final }) =>
      Array.from({ length: CALLS }, (_, i) => [`${name}-${i + 1}`, final]),
    );
    expect(finals).toEqual(Object.fromEntries(played));
  });

  test('there are fragments', () => {
    // More fragments to come (RFC 791 §3.1).
    const fragments = records.filter(({ data }) => ((data[20] ?? 0) & 0x20) !== 0);
    expect(fragments.length).toBeGreaterThanOrEqual(2 * CALLS);
  });

  test.for(['segments out of order', 'a segment sent twice'])('%s', async (name) => {
    const [ack, bye] = ackAndBye(records);
    const [first, second] = [records[ack], records[bye]] as [PcapRecord, PcapRecord];
    const changed = name.startsWith('segments')
      ? records.with(ack, { ...second, at: first.at }).with(bye, { ...first, at: second.at })
      : records.toSpliced(bye, 0, second);
    const whole = readByTshark(await write('whole', records));
    expect(await agree(await write('changed', changed))).toEqual(whole);
  });

  test('a segment that is missing', async () => {
    const [ack] = ackAndBye(records);
    const whole = readByTshark(await write('whole', records));
    const missing = await agree(await write('missing', records.toSpliced(ack, 1)), false);
    expect(sum(missing)).toBe(sum(whole) - 1);
  });
});
