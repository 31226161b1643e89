/** How a tcpdump is started, listened to and stopped. Its part is played by scripts: the real one has a test of its own. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { LiveCapture } from '../../src/live-capture.ts';
import { createRingHandle } from '../../src/sources/ring-handle.ts';
import { startTcpdump, type Tcpdump, type TcpdumpOptions } from '../../src/sources/tcpdump.ts';
import { LINKS, pcap, udp } from '../support/capture.ts';
import { until } from '../support/until.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'callfate-tcpdump-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const started: Tcpdump[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

/** An executable that runs this shell script. */
function program(name: string, script: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const LISTENING = 'echo "tcpdump: listening on any, link-type EN10MB" >&2';
const FILE = join(FOLDER, 'one.pcap');
writeFileSync(
  FILE,
  pcap([
    { at: 5, data: LINKS.ethernet(udp('192.0.2.1:5060', '192.0.2.2:5060', 'BYE sip:b SIP/2.0')) },
  ]),
);
/** Says what was dropped when it is asked, and at its end, as tcpdump does. */
const CAPTURING = `
trap 'echo "tcpdump: 1 packet captured, 9 packets received by filter, 7 packets dropped by kernel, 2 packets dropped by interface" >&2' USR1
trap 'exit 0' TERM
${LISTENING}
cat ${FILE}
while :; do sleep 0.05; done`;

async function start(path: string, more: Partial<TcpdumpOptions> = {}): Promise<Tcpdump> {
  const tcpdump = await startTcpdump({
    program: path,
    interface: 'any',
    filter: 'port 5060',
    bufferKib: 64,
    onData: () => undefined,
    onEnd: () => undefined,
    ...more,
  });
  started.push(tcpdump);
  return tcpdump;
}

test('gives its bytes, and what it says was dropped', async () => {
  const parts: Buffer[] = [];
  const tcpdump = await start(program('good', CAPTURING), { onData: (bytes) => parts.push(bytes) });
  await until(() => Buffer.concat(parts).length > 0);
  tcpdump.ask();
  await until(() => tcpdump.dropped() !== null);
  expect(tcpdump.dropped()).toBe(9);
});

test('is told interface, buffer and filter, which cannot become an option', async () => {
  const parts: Buffer[] = [];
  await start(program('echo', `${LISTENING}\necho "$@"\nsleep 100`), {
    filter: '-w /etc/passwd',
    onData: (bytes) => parts.push(bytes),
  });
  await until(() => parts.length > 0);
  expect(Buffer.concat(parts).toString()).toBe('-i any -n -U -B 64 -w - -- -w /etc/passwd\n');
});

test('that ends by itself says its last words', async () => {
  const said: string[] = [];
  await start(
    program('ends', `${LISTENING}\necho "tcpdump: pcap_loop: The interface disappeared" >&2`),
    {
      onEnd: (text) => said.push(text),
    },
  );
  await until(() => said.length > 0);
  expect(said).toEqual([
    'tcpdump: listening on any, link-type EN10MB tcpdump: pcap_loop: The interface disappeared',
  ]);
});

describe('that cannot capture is one clear line', () => {
  test.each([
    ['missing', null, /missing is not installed$/],
    [
      'forbidden',
      `echo "tcpdump: any: You don't have permission to perform this capture on that device" >&2; exit 1`,
      /^cannot capture from any: tcpdump: any: You don't have permission.*; capturing needs CAP_NET_RAW: run as root, or "setcap cap_net_raw,cap_net_admin\+ep \$\(command -v tcpdump\)"$/,
    ],
    ['silent', 'exit 1', /silent ended at once$/],
    [
      'filter',
      `echo "tcpdump: can't parse filter expression: syntax error" >&2; exit 1`,
      /: syntax error$/,
    ],
  ])('%s', async (name, script, error) => {
    const path = script === null ? join(FOLDER, name) : program(name, script);
    await expect(start(path)).rejects.toThrow(error);
  });
});

describe('a live capture', () => {
  async function capture(script: string, name: string, again = false) {
    const messages: string[] = [];
    const warnings: string[] = [];
    const live = new LiveCapture(
      {
        kind: 'interface',
        program: program(name, script),
        interface: 'any',
        filter: '',
        bufferKib: 64,
        receiver: 'tcpdump',
        handle: createRingHandle(),
      },
      {
        frame: () => undefined,
        relay: (bytes, { arrivedAt, capturedAt }) =>
          messages.push(`${Buffer.from(bytes)} ${arrivedAt} ${capturedAt}`),
        discard: () => undefined,
      },
      () => 1000,
      {
        info: () => undefined,
        warning: (text) => warnings.push(text),
        ended: () => undefined,
      },
    );
    if (again) live.startAgain();
    else await live.start();
    return { live, messages, warnings };
  }

  test('reads what comes when it comes, and keeps the time of the packet', async () => {
    const { live, messages } = await capture(CAPTURING, 'live');
    await until(() => messages.length > 0);
    expect(messages).toEqual(['BYE sip:b SIP/2.0 1000 5']);
    expect(live.isRunning).toBe(true);
    await until(() => live.dropped() !== null);
    expect(live.dropped()).toBe(9);
    await live.stop();
    expect(live.isRunning).toBe(false);
  });

  test('after the death of an engine waits for nothing, and what fails is tried again', async () => {
    const { live, warnings } = await capture(
      'echo "tcpdump: no such device" >&2; exit 1',
      'no',
      true,
    );
    expect(live.isRunning).toBe(false);
    await until(() => warnings.length > 0);
    expect(warnings[0]).toMatch(/^capture: cannot capture from any: .*; it begins again in 5 s$/);
    await live.stop();
  });

  test('that is stopped before tcpdump captures leaves none behind', async () => {
    const file = join(FOLDER, 'stopped');
    const script = `trap 'echo over > ${file}; exit' TERM\nsleep 0.3\n${LISTENING}\nsleep 100 & wait`;
    const { live } = await capture(script, 'late', true);
    await live.stop();
    await until(() => existsSync(file));
    expect(live.isRunning).toBe(false);
  });

  test('whose tcpdump ends, or gives what is no capture, is to begin again', async () => {
    for (const [name, script] of [
      ['gone', `${LISTENING}; echo "tcpdump: gone" >&2`],
      ['nonsense', `${LISTENING}; echo nonsense; sleep 100`],
    ] as const) {
      const { live, warnings } = await capture(script, name);
      await until(() => warnings.length > 0);
      expect(warnings[0]).toMatch(/^capture: .*; it begins again in 5 s$/);
      expect(live.isRunning).toBe(false);
      await live.stop();
    }
  });
});
