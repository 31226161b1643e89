/**
 * SIPp calls SIPp through Kamailio, and nobody sends callfate a copy: one sidecar captures as it likes best, another one with a
 * tcpdump of its own, a third one reads `tcpdump -w -` on standard input, and `callfate analyze` reads what yet another
 * tcpdump wrote. All must agree.
 */
import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { kamailioIn } from './rig/kamailio.ts';
import { CONFIGURATION, Namespace, ROOT } from './rig/namespace.ts';
import { poll } from './rig/poll.ts';
import { placeCalls } from './rig/sipp.ts';
import { wholeLines } from './rig/stack.ts';
import { canRun } from './rig/suite.ts';

const MAIN = join(ROOT, 'dist/main.js');
const CONFIG = join(CONFIGURATION, 'callfate-capture.yml');
const PIPED_PORT = 9607;
const TCPDUMP_PORT = 9608;
const CALLS = 3;
/** On both sides of the proxy: INVITE, 100, 180, 200, ACK, BYE, 200; and INVITE, 100, 486, ACK. It makes the 100. */
const MESSAGES = CALLS * (13 + 7);
/** For how long the answered ones ring at least, seconds. */
const RING_S = 0.2;
const SETTLE_MS = 20_000;
const LISTENING = 'listening on';

/** What each of them says of a call. */
const said = ({ callId, outcome, reason, endedBy, peerIn, peerOut }: Verdict) => ({
  callId,
  outcome,
  reason,
  endedBy,
  peerIn,
  peerOut,
});
const sorted = (verdicts: readonly Verdict[]) =>
  verdicts.map(said).toSorted((a, b) => a.callId.localeCompare(b.callId));

describe.runIf(canRun('live capture', ['tcpdump']))('live capture', () => {
  let namespace: Namespace;
  let live: readonly Verdict[] = [];

  /** The value of one sample of the sidecar at this port. */
  async function metric(port: number, sample: string): Promise<number> {
    const { body } = await namespace.fetch(`http://127.0.0.1:${port}/metrics`);
    const line = body.split('\n').find((one) => one.startsWith(`${sample} `));
    return Number(line?.slice(sample.length + 1));
  }

  async function verdictsOf(name: string): Promise<readonly Verdict[]> {
    const log = await readFile(join(namespace.directory, `${name}.out`), 'utf8');
    const lines = wholeLines(log).filter((line) => line.includes('"call ended"'));
    return lines.map((line) => JSON.parse(line));
  }

  function closed(port: number): Promise<true> {
    const all = async () =>
      (await metric(port, 'callfate_calls_closed_total')) === 2 * CALLS || undefined;
    return poll(all, SETTLE_MS, () => `calls closed at port ${port}`);
  }

  /** Lines are counted when they are queued and written after that. */
  async function allVerdictsOf(name: string): Promise<readonly Verdict[]> {
    const told = async () => {
      const verdicts = await verdictsOf(name);
      return verdicts.length === 2 * CALLS ? verdicts : undefined;
    };
    return poll(told, SETTLE_MS, () => `log lines of ${name}`);
  }

  beforeAll(async () => {
    namespace = await Namespace.open('live-capture');
    const capture = join(namespace.directory, 'calls.pcap');
    await namespace.start({
      name: 'tcpdump',
      command: 'tcpdump',
      args: ['-i', 'any', '-U', '-Z', 'root', '-w', capture, 'udp'],
      ready: [{ kind: 'log', file: 'tcpdump.err', text: LISTENING }],
    });
    await namespace.start({
      name: 'callfate',
      command: process.execPath,
      args: [MAIN, 'run', '--config', CONFIG],
      ready: [{ kind: 'http', url: 'http://127.0.0.1:9606/readyz' }],
    });
    const through = `CALLFATE_CAPTURE_RECEIVER=tcpdump CALLFATE_HTTP_PORT=${TCPDUMP_PORT}`;
    await namespace.start({
      name: 'through-tcpdump',
      command: 'sh',
      args: ['-c', `${through} exec "${process.execPath}" "${MAIN}" run --config "${CONFIG}"`],
      ready: [{ kind: 'http', url: `http://127.0.0.1:${TCPDUMP_PORT}/readyz` }],
    });
    const sidecar = `CALLFATE_HTTP_PORT=${PIPED_PORT} "${process.execPath}" "${MAIN}" run`;
    await namespace.start({
      name: 'piped',
      command: 'sh',
      args: ['-c', `tcpdump -i any -U -w - udp | ${sidecar} --pcap - --config "${CONFIG}"`],
      ready: [
        { kind: 'http', url: `http://127.0.0.1:${PIPED_PORT}/readyz` },
        { kind: 'log', file: 'piped.err', text: LISTENING },
      ],
    });
    await namespace.start(kamailioIn(namespace.directory, { hep: false }));
    const common = { count: CALLS, target: '127.0.0.1:5060' };
    const user = { user: 'trunk' };
    await placeCalls(namespace, {
      ...common,
      name: 'answered',
      caller: { template: 'uac-hangs-up', values: { ...user, bye: 'Subject: bye' } },
      callees: [
        {
          template: 'uas-answers',
          values: { ringMs: String(1000 * RING_S) },
          address: '127.0.0.11',
        },
      ],
    });
    await placeCalls(namespace, {
      ...common,
      name: 'refused',
      caller: { template: 'uac-is-refused', values: { ...user, status: '486' } },
      callees: [
        {
          template: 'uas-refuses',
          values: { status: '486', phrase: 'Busy Here', header: 'Subject: busy' },
          address: '127.0.0.11',
        },
      ],
    });
    await closed(9606);
    await closed(TCPDUMP_PORT);
    await closed(PIPED_PORT);
    live = await allVerdictsOf('callfate');
  });

  afterAll(async () => {
    await namespace.close();
    await rm(namespace.directory, { recursive: true, force: true });
  });

  test('of all interfaces gives the verdicts', () => {
    const endings = sorted(live).map(({ outcome, endedBy, peerIn, peerOut }) =>
      [outcome, endedBy, peerIn, peerOut].join(' '),
    );
    expect(endings).toEqual([
      ...Array.from({ length: CALLS }, () => 'completed caller desk carrier-a'),
      ...Array.from({ length: CALLS }, () => 'busy callee desk carrier-a'),
    ]);
  });

  test('counts what came, and what the kernel dropped', async () => {
    for (const port of [9606, TCPDUMP_PORT, PIPED_PORT]) {
      expect(await metric(port, 'callfate_input_messages_total{source="capture"}')).toBe(MESSAGES);
      expect(await metric(port, 'callfate_capture_configured')).toBe(1);
      expect(await metric(port, 'callfate_capture_running')).toBe(1);
      const lost = 'callfate_input_lost_total{source="capture",reason="kernel"}';
      expect(await metric(port, lost)).toBe(0);
    }
  });

  test('of a tcpdump that callfate starts gives the same', async () => {
    expect(sorted(await allVerdictsOf('through-tcpdump'))).toEqual(sorted(live));
    expect(await metric(9606, 'callfate_capture_ring')).toBe(1);
    expect(await metric(TCPDUMP_PORT, 'callfate_capture_ring')).toBe(0);
  });

  test('of standard input gives the same', async () => {
    expect(sorted(await allVerdictsOf('piped'))).toEqual(sorted(live));
  });

  test('and the file analyzed gives the same', async () => {
    await namespace.stop('tcpdump');
    const capture = join(namespace.directory, 'calls.pcap');
    const run = (format: string) =>
      spawnSync(
        process.execPath,
        [MAIN, 'analyze', '--config', CONFIG, '--format', format, capture],
        { encoding: 'utf8' },
      ).stdout;
    expect(JSON.parse(run('json')).input).toMatchObject({ messages: MESSAGES, lost: {} });
    const verdicts = run('jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Verdict);
    expect(sorted(verdicts)).toEqual(sorted(live));
    // Durations are those between the packets, however late tcpdump hands them on. The copies of a packet that the two see
    // are not stamped at one time.
    for (const { callId, timing } of live) {
      const same = verdicts.find((one) => one.callId === callId)?.timing.ring;
      if (timing.ring === null) expect(same).toBeNull();
      else expect(Math.abs(timing.ring - (same ?? Number.NaN))).toBeLessThan(RING_S / 2);
    }
    expect(live.filter(({ timing }) => (timing.ring ?? 0) >= RING_S)).toHaveLength(CALLS);
  });
});
