/** HEP over UDP into the built sidecar: received in batches, with `dgram`, and where koffi is not there. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whyNoBatches } from '../src/sources/udp-batches.ts';
import { encodeHep } from './support/hep.ts';
import { Sidecar } from './support/sidecar.ts';
import { request, response } from './support/sip.ts';
import { until, untilAsync } from './support/until.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const FRAMES = 'callfate_input_frames_total{source="hep_udp"}';
const LOST = 'callfate_input_lost_total{source="hep_udp",reason="kernel"}';
const BATCHED = 'callfate_hep_udp_batched';

let sidecar: Sidecar;
const folders: string[] = [];
beforeEach(async () => {
  sidecar = await Sidecar.prepare();
});
afterEach(async () => {
  await sidecar.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Writes the configuration with these keys of `hep.udp`. */
function configure(keys: Readonly<Record<string, unknown>>): void {
  const { http, websocket, hep } = sidecar.ports;
  const udp = { port: hep, receiveBufferBytes: 262_144, ...keys };
  sidecar.rewrite([
    `http: {port: ${http}}`,
    `websocket: {port: ${websocket}}`,
    `hep: {udp: ${JSON.stringify(udp)}}`,
  ]);
}

async function started(main?: string): Promise<void> {
  sidecar.start(main);
  await sidecar.ready();
  expect(sidecar.stderr).toContain('is ready');
}

/** The built command in a folder where no package is. */
function withoutPackages(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-bare-'));
  folders.push(folder);
  for (const name of ['dist', 'config', 'package.json'])
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  return join(folder, 'dist/main.js');
}

const number = async (sample: string): Promise<number> => Number(await sidecar.metric(sample));
const hep = (payload: string): Buffer => encodeHep({ payload, at: Date.now() });
const failed = (id: string): Buffer[] => [
  hep(request('>', 'INVITE', { id })),
  hep(response('<', 486, 'INVITE', { id })),
  hep(request('>', 'ACK', { id })),
];

const RECEIVERS = whyNoBatches() === null ? (['batched', 'dgram'] as const) : (['dgram'] as const);

describe.each(RECEIVERS)('HEP over UDP, %s', (receiver) => {
  test('gives verdicts, also after a reload, and at its end what came before', async () => {
    configure({ receiver });
    await started();
    expect(await number(BATCHED)).toBe(receiver === 'batched' ? 1 : 0);
    await sidecar.send(...failed('one'));
    await until(() => sidecar.calls().length === 1);
    configure({ receiver, authKey: 'fromnowon' });
    sidecar.signal('SIGHUP');
    await until(() => sidecar.stdout.includes('configuration reloaded'));
    await sidecar.send(...failed('without a key'));
    const auth = 'callfate_input_lost_total{source="hep_udp",reason="auth"}';
    await untilAsync(async () => (await number(auth)) === 3);
    expect(await number(FRAMES)).toBe(6);
    sidecar.signal('SIGTERM');
    expect(await sidecar.exited()).toBe(0);
    expect(sidecar.calls().map(({ callId }) => callId)).toEqual(['one']);
    expect(sidecar.stdout).not.toContain('"level":"error"');
  });

  test('accounts for every datagram of a burst: read, or dropped by the kernel', async () => {
    configure({ receiver, receiveBufferBytes: 65_536, ringBytes: 262_144 });
    await started();
    // Nobody receives while the burst comes: most of it finds the buffer full.
    sidecar.signal('SIGSTOP');
    const sent = 500;
    await sidecar.send(...Array.from({ length: sent }, () => Buffer.alloc(1400)));
    sidecar.signal('SIGCONT');
    await untilAsync(async () => (await number(FRAMES)) + (await number(LOST)) === sent);
    expect(await number(LOST)).toBeGreaterThan(0);
    expect(await number(FRAMES)).toBeGreaterThan(0);
    const full = 'callfate_input_lost_total{source="hep_udp",reason="ring_full"}';
    expect(await number(full)).toBe(0);
  });

  test('names the address that it cannot have', async () => {
    configure({ receiver, host: '192.0.2.1', allowUnauthenticated: true });
    sidecar.start();
    expect(await sidecar.exited()).not.toBe(0);
    expect(sidecar.stderr + sidecar.stdout).toMatch(
      /cannot listen for HEP on udp 192\.0\.2\.1:\d+: .*EADDRNOTAVAIL/,
    );
  });
});

describe('where koffi is not installed', () => {
  test('auto falls back to dgram and says so once', async () => {
    configure({});
    await started(withoutPackages());
    await sidecar.send(...failed('one'));
    await until(() => sidecar.calls().length === 1);
    expect(await number(BATCHED)).toBe(0);
    const told = sidecar.stdout.match(/one datagram at a time \([^)]+\)/g);
    expect(told).toHaveLength(1);
    if (process.platform === 'linux')
      expect(told).toEqual(['one datagram at a time (the package koffi is not installed)']);
  });

  test('batched refuses to start', async () => {
    configure({ receiver: 'batched' });
    sidecar.start(withoutPackages());
    expect(await sidecar.exited()).not.toBe(0);
    expect(sidecar.stderr + sidecar.stdout).toContain('HEP over UDP cannot be received in batches');
  });
});
