/**
 * A ring and a tcpdump see the same packets, of one interface and of all, and must say the same: tags, fragments, TCP, loopback.
 * Then what only a ring has to do: count what found no room, outlive its interface, and tell when it may not.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ipv4, LINKS, type Packet, pcap, tcp, udp, udpHeader } from '../support/capture.ts';
import { request, response } from '../support/sip.ts';
import { Namespace, ROOT } from './rig/namespace.ts';
import { poll } from './rig/poll.ts';
import { wholeLines } from './rig/stack.ts';
import { canRun } from './rig/suite.ts';

const MAIN = join(ROOT, 'dist/main.js');
const WAIT_MS = 20_000;
const ENDS = ['192.0.2.1:5060', '192.0.2.2:5060'] as const;
const SIX = ['[2001:db8::1]:5060', '[2001:db8::2]:5060'] as const;
/** What is tagged is taken at one more port: the tag is no part of a packet any more when the kernel looks at it. */
const FILTER = 'port 5060 or (ip[6:2] & 0x1fff != 0) or (vlan 100 and port 5062)';
const AT_5062 = ['192.0.2.1:6000', '192.0.2.2:5062'] as const;

const at = (data: Uint8Array): Packet => ({ at: 0, data });
/** The messages of a call that is refused. */
const refused = (id: string): Buffer[] =>
  [
    request('>', 'INVITE', { id }),
    response('<', 486, 'INVITE', { id }),
    request('>', 'ACK', { id }),
  ].map((message) => Buffer.from(message));

/** A datagram in two fragments. */
function fragments(message: Buffer): Buffer[] {
  const [src, dst] = ENDS;
  const whole = udpHeader(src, dst, message);
  return [
    ipv4(src, dst, 17, whole.subarray(0, 64), { id: 3, offset: 0, more: true }),
    ipv4(src, dst, 17, whole.subarray(64), { id: 3, offset: 64, more: false }),
  ].map((packet) => LINKS.ethernet(packet));
}

/** A stream, each message in two segments. */
function segments(messages: readonly Buffer[]): Buffer[] {
  const whole = Buffer.concat(messages);
  const [src, dst] = ENDS;
  const half = Math.floor(whole.length / 2);
  return [
    tcp(src, dst, 1, 0x02),
    tcp(src, dst, 2, 0x10, whole.subarray(0, half)),
    tcp(src, dst, 2 + half, 0x10, whole.subarray(half)),
  ].map((packet) => LINKS.ethernet(packet));
}

const [split = Buffer.alloc(0), ...rest] = refused('fragments');
/** Packets that all four take, and then the calls in them. */
const PACKETS: readonly Buffer[] = [
  ...refused('udp').map((message) => LINKS.ethernet(udp(...ENDS, message))),
  ...refused('six').map((message) => LINKS.ethernet(udp(...SIX, message))),
  ...refused('vlan').map((message) => LINKS.vlan(udp(...ENDS, message))),
  ...segments(refused('tcp')),
  ...fragments(split),
  ...rest.map((message) => LINKS.ethernet(udp(...ENDS, message))),
];
const CALLS = ['fragments', 'six', 'tcp', 'udp', 'vlan'];
const AND_TAGGED = ['fragments', 'six', 'tagged', 'tcp', 'udp', 'vlan'];
/** Of one interface alone: tagged at the other port. Of none: not tagged there. */
const TAGGED_PACKETS = refused('tagged').map((message) => LINKS.vlan(udp(...AT_5062, message)));
const OTHERS = refused('other').map((message) => LINKS.ethernet(udp(...AT_5062, message)));

interface Capture {
  readonly port: number;
  readonly receiver: 'auto' | 'ring' | 'tcpdump';
  readonly interface: string;
}
const CAPTURES = {
  ring: { port: 9611, receiver: 'ring', interface: 'right' },
  tcpdump: { port: 9612, receiver: 'tcpdump', interface: 'right' },
  ringAny: { port: 9613, receiver: 'ring', interface: 'any' },
  tcpdumpAny: { port: 9614, receiver: 'tcpdump', interface: 'any' },
} as const satisfies Record<string, Capture>;
type Name = keyof typeof CAPTURES;
const NAMES = Object.keys(CAPTURES) as Name[];

describe.runIf(canRun('ring capture', ['tcpdump', 'setpriv']))('a ring', () => {
  let namespace: Namespace;
  let sentFiles = 0;

  async function metrics(port: number): Promise<Map<string, number>> {
    const { body } = await namespace.fetch(`http://127.0.0.1:${port}/metrics`);
    const lines = body.split('\n').filter((line) => line.startsWith('callfate_'));
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space))];
      }),
    );
  }
  const metric = async (port: number, sample: string) => (await metrics(port)).get(sample) ?? 0;
  const frames = (port: number) => metric(port, 'callfate_input_frames_total{source="capture"}');
  const drops = (port: number) =>
    metric(port, 'callfate_input_lost_total{source="capture",reason="kernel"}');

  /** Runs a command line inside, to its end. */
  async function run(name: string, script: string): Promise<number | null> {
    const args = ['-c', script];
    await namespace.start({ name, command: 'sh', args, ready: [] });
    return (await namespace.wait(name, WAIT_MS)).code;
  }

  async function send(name: string, packets: readonly Buffer[]): Promise<void> {
    const file = join(namespace.directory, `sent-${sentFiles++}.pcap`);
    writeFileSync(file, pcap(packets.map(at)));
    const program = namespace.program('send-frames.js');
    const line = `"${process.execPath}" "${program}" ${name} "${file}"`;
    expect(await run(`send-${sentFiles}`, line)).toBe(0);
  }

  /** Writes a configuration and returns its path. */
  function configure(name: string, { port, ...capture }: Capture, more = {}): string {
    const file = join(namespace.directory, `${name}.yml`);
    const config = {
      http: { port },
      hep: { udp: { enabled: false } },
      websocket: { enabled: false },
      calls: { reorderWindowMs: 200 },
      capture: { filter: FILTER, ...capture, ...more },
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  async function start(name: string, capture: Capture, more = {}): Promise<void> {
    const file = configure(name, capture, more);
    const script = `echo $$ > ${name}.pid; exec "${process.execPath}" "${MAIN}" run --config "${file}"`;
    const url = `http://127.0.0.1:${capture.port}/readyz`;
    const ready = [{ kind: 'http', url } as const];
    await namespace.start({ name, command: 'sh', args: ['-c', script], ready });
  }

  const text = (file: string) => readFileSync(join(namespace.directory, file), 'utf8');
  /** What a log says; lines are written a little later than a metric shows what they are about. */
  const said = async (file: string, words: string) => {
    const found = () => text(file).includes(words) || undefined;
    await poll(found, WAIT_MS, () => `${words} in ${text(file)}`);
  };
  const verdicts = (name: string) =>
    wholeLines(text(`${name}.out`))
      .filter((line) => line.includes('"call ended"'))
      .map((line) => JSON.parse(line))
      .map(({ callId, outcome, reason, endedBy, connected }) =>
        [callId, outcome, reason, endedBy, connected].join(' '),
      )
      .toSorted();

  beforeAll(async () => {
    namespace = await Namespace.open('ring-capture');
    const links = 'ip link add left type veth peer name right && ip link set left up';
    expect(await run('links', `${links} && ip link set right up`)).toBe(0);
    for (const name of NAMES) {
      const filter =
        CAPTURES[name].interface === 'any'
          ? { filter: 'port 5060 or (ip[6:2] & 0x1fff != 0)' }
          : {};
      await start(name, CAPTURES[name], filter);
    }
    await send('left', [...PACKETS, ...TAGGED_PACKETS, ...OTHERS]);
  });

  afterAll(async () => {
    await namespace.close();
    await rm(namespace.directory, { recursive: true, force: true });
  });

  test.each(NAMES)('%s says how all calls ended', async (name) => {
    const expected = CAPTURES[name].interface === 'any' ? CALLS : AND_TAGGED;
    const told = () => (verdicts(name).length >= expected.length ? true : undefined);
    await poll(told, WAIT_MS, () => verdicts(name).join('\n'));
    expect(verdicts(name).map((line) => line.split(' ')[0])).toEqual(expected);
    const { port, receiver } = CAPTURES[name];
    expect(await metric(port, 'callfate_capture_ring')).toBe(receiver === 'ring' ? 1 : 0);
  });

  test.each([
    ['ring', 'tcpdump', PACKETS.length + TAGGED_PACKETS.length],
    // On their way out of one end and in at the other; out with the tag still in the packet, where the filter is blind.
    ['ringAny', 'tcpdumpAny', 2 * PACKETS.length - 3],
  ] as const)('%s counts what %s counts', async (ring, tcpdump, expected) => {
    const [one, other] = [CAPTURES[ring].port, CAPTURES[tcpdump].port];
    expect(await frames(one)).toBe(expected);
    const input = async (port: number) =>
      [...(await metrics(port))].filter(
        ([sample]) => sample.startsWith('callfate_input_') && sample.includes('"capture"'),
      );
    expect(await input(one)).toEqual(await input(other));
    expect(verdicts(ring)).toEqual(verdicts(tcpdump));
  });

  test('of loopback shows a packet once', async () => {
    const lo = { port: 9615, receiver: 'ring', interface: 'lo' } as const;
    await start('lo', lo);
    const before = await frames(CAPTURES.ringAny.port);
    await send(
      'lo',
      refused('lo').map((message) => LINKS.ethernet(udp(...ENDS, message))),
    );
    const come = async () => (await frames(lo.port)) >= 3 || undefined;
    await poll(come, WAIT_MS, () => 'packets of lo');
    // What came twice would have come by the end.
    expect((await namespace.stop('lo')).code).toBe(0);
    expect(verdicts('lo').map((line) => line.split(' ')[0])).toEqual(['lo']);
    expect((await frames(CAPTURES.ringAny.port)) - before).toBe(3);
  });

  test('accounts for every packet of a burst: read, or dropped by the kernel', async () => {
    const capture = { port: 9616, receiver: 'ring', interface: 'right' } as const;
    await start('burst', capture, { bufferKib: 256 });
    const packets = Array.from({ length: 1500 }, () =>
      LINKS.ethernet(udp(...ENDS, Buffer.alloc(1000))),
    );
    expect(await run('pause', 'kill -STOP $(cat burst.pid)')).toBe(0);
    await send('left', packets);
    expect(await run('go on', 'kill -CONT $(cat burst.pid)')).toBe(0);
    const sum = async () => (await frames(capture.port)) + (await drops(capture.port));
    await poll(
      async () => ((await sum()) >= packets.length ? true : undefined),
      WAIT_MS,
      () => 'all',
    );
    expect(await sum()).toBe(packets.length);
    expect(await drops(capture.port)).toBeGreaterThan(0);
    expect(await frames(capture.port)).toBeGreaterThan(0);
    // With room again, all is read again, also what came at the very end.
    const [read, lost] = [await frames(capture.port), await drops(capture.port)];
    await send('left', packets.slice(0, 20));
    await poll(
      async () => ((await frames(capture.port)) === read + 20 ? true : undefined),
      WAIT_MS,
      () => 'more',
    );
    expect(await drops(capture.port)).toBe(lost);
  });

  test('hands on at its end what came before', async () => {
    const capture = { port: 9617, receiver: 'ring', interface: 'right' } as const;
    await start('end', capture);
    await send(
      'left',
      refused('late').map((message) => LINKS.ethernet(udp(...ENDS, message))),
    );
    expect((await namespace.stop('end')).code).toBe(0);
    expect(verdicts('end').map((line) => line.split(' ')[0])).toEqual(['late']);
  });

  test('begins again when its interface has gone and come back', async () => {
    const { port } = CAPTURES.ring;
    const before = await frames(port);
    const running = async () => (await metric(port, 'callfate_capture_running')) === 1;
    expect(await run('down', 'ip link set right down')).toBe(0);
    await poll(
      async () => ((await running()) ? undefined : true),
      WAIT_MS,
      () => 'stopped',
    );
    await said('ring.out', 'capture: the interface is down; it begins again in 5 s');
    expect(await metric(port, 'callfate_capture_ring')).toBe(0);
    expect(await run('up', 'ip link set right up')).toBe(0);
    await poll(
      async () => (await running()) || undefined,
      WAIT_MS,
      () => 'running',
    );
    await send(
      'left',
      refused('again').map((message) => LINKS.ethernet(udp(...ENDS, message))),
    );
    await poll(
      async () => ((await frames(port)) === before + 3 ? true : undefined),
      WAIT_MS,
      () => 'read',
    );
  });

  test('is given up for tcpdump where the filter is not for a ring', async () => {
    const capture = { port: 9618, receiver: 'auto', interface: 'any' } as const;
    await start('fallback', capture, { filter: 'port 5060 or ether[6] = 1' });
    expect(await metric(capture.port, 'callfate_capture_ring')).toBe(0);
    expect(await metric(capture.port, 'callfate_capture_running')).toBe(1);
    await said(
      'fallback.out',
      'captured through tcpdump (no ring: the filter looks at link addresses)',
    );
    expect(text('fallback.out').match(/captured through tcpdump/g)).toHaveLength(1);
  });

  test('of an engine that died is given back', async () => {
    const program = namespace.program('ring-after-death.js');
    expect(await run('death', `"${process.execPath}" "${program}" "${join(ROOT, 'dist')}"`)).toBe(
      0,
    );
    // One mapping and one socket.
    expect(JSON.parse(text('death.out'))).toEqual({ before: '1 1', after: '1 1', end: '0 0' });
  });

  test.each([
    ['without the right', 'lo', {}, 'it needs CAP_NET_RAW'],
    ['of an interface that is not there', 'nowhere', {}, 'there is no interface nowhere'],
    ['with a filter that is none', 'lo', { filter: 'prot 5060' }, 'syntax error'],
    ['without tcpdump', 'lo', { program: '/no/tcpdump' }, '/no/tcpdump is not installed'],
  ] as const)('%s is one clear line', async (what, name, more, expected) => {
    const file = configure('impossible', { port: 9619, receiver: 'ring', interface: name }, more);
    const rights = what === 'without the right' ? 'setpriv --bounding-set=-net_raw --' : '';
    const id = what.replaceAll(' ', '-');
    expect(
      await run(id, `exec ${rights} "${process.execPath}" "${MAIN}" run --config "${file}"`),
    ).toBe(1);
    const [line, ...others] = text(`${id}.err`).trimEnd().split('\n');
    expect(line).toMatch(new RegExp(`^callfate: cannot capture from ${name} through a ring: `));
    expect(line).toContain(expected);
    expect(others).toEqual([]);
  });
});
