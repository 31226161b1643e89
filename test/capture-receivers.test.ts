/** A live capture of the built sidecar where there can be no ring. The part of tcpdump is played by a script. */
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LINKS, pcap, udp } from './support/capture.ts';
import { Sidecar } from './support/sidecar.ts';
import { request, response } from './support/sip.ts';
import { until } from './support/until.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const ENDS = ['192.0.2.1:5060', '192.0.2.2:5060'] as const;
const LINUX = process.platform === 'linux';

let sidecar: Sidecar;
let folder: string;
beforeEach(async () => {
  sidecar = await Sidecar.prepare();
  folder = mkdtempSync(join(tmpdir(), 'callfate-receivers-'));
});
afterEach(async () => {
  await sidecar.close();
  rmSync(folder, { recursive: true });
});

/** A tcpdump that captures one failed call. */
function tcpdump(name: string): string {
  const messages = [
    request('>', 'INVITE', { id: 'one' }),
    response('<', 486, 'INVITE', { id: 'one' }),
    request('>', 'ACK', { id: 'one' }),
  ];
  const data = messages.map((message) => LINKS.ethernet(udp(...ENDS, message)));
  const at = Date.now();
  writeFileSync(join(folder, 'call.pcap'), pcap(data.map((one) => ({ at, data: one }))));
  const path = join(folder, name);
  // It is asked by SIGUSR1 how much was dropped.
  const script = `trap '' USR1; echo "listening on any" >&2; cat ${folder}/call.pcap; exec sleep 100`;
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function configure(receiver: string, name = 'tcpdump'): void {
  const { http } = sidecar.ports;
  sidecar.rewrite([
    `http: {port: ${http}}`,
    'websocket: {enabled: false}',
    'hep: {udp: {enabled: false}}',
    `capture: {interface: any, program: ${tcpdump(name)}, receiver: ${receiver}}`,
  ]);
}

/** The built command in a folder where no package is. */
function withoutPackages(): string {
  for (const name of ['dist', 'config', 'package.json'])
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  return join(folder, 'dist/main.js');
}

test.each([
  ['auto', 1],
  ['tcpdump', 0],
] as const)('without koffi, %s captures through tcpdump', async (receiver, told) => {
  configure(receiver);
  sidecar.start(withoutPackages());
  await sidecar.ready();
  await until(() => sidecar.calls().length === 1);
  expect(await sidecar.metric('callfate_capture_running')).toBe('1');
  expect(await sidecar.metric('callfate_capture_ring')).toBe('0');
  const lines = sidecar.stdout.match(/"info".*captured through tcpdump \(no ring: [^)]+\)/g);
  expect(lines ?? []).toHaveLength(told);
  if (LINUX && told > 0) expect(lines?.[0]).toContain('the package koffi is not installed');
});

test('auto leaves it to a program that may capture elsewhere', async () => {
  configure('auto', 'tcpdump-in-a-namespace');
  sidecar.start();
  await sidecar.ready();
  await until(() => sidecar.calls().length === 1);
  expect(await sidecar.metric('callfate_capture_ring')).toBe('0');
  expect(sidecar.stdout).toContain('(no ring: capture.program may capture elsewhere)');
});

test('without koffi, a ring that is a must is one clear line', async () => {
  configure('ring');
  sidecar.start(withoutPackages());
  expect(await sidecar.exited()).toBe(1);
  expect(sidecar.stderr).toMatch(/^callfate: cannot capture from any through a ring: .+\n$/);
  if (LINUX) expect(sidecar.stderr).toContain('the package koffi is not installed');
});
