/** Which scanner is chosen, where. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { shareBatches } from '../src/batch-memory.ts';
import { Sidecar } from './support/sidecar.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const MAIN = resolve(PROJECT, 'dist/main.js');
const CAPTURE = 'test/corpus/kamailio/s25-503.sip.pcap';

let sidecar: Sidecar | null = null;
afterEach(async () => {
  await sidecar?.close();
  sidecar = null;
});

test('where threads share a slab it is the one of machine code, too', async () => {
  shareBatches();
  const { SLAB, loadSlab } = await import('../src/lib/slab.ts');
  const { createScanner } = await import('../src/scanner.ts');
  const { scanner, problem } = createScanner();
  expect(problem).toBeNull();
  expect(SLAB.buffer).toBeInstanceOf(SharedArrayBuffer);
  const message =
    'BYE sip:a SIP/2.0\r\nv:SIP/2.0/UDP h\r\nf:<sip:a>;tag=1\r\nt:<sip:b>\r\ni:1\r\nCSeq:7 BYE\r\n\r\n';
  expect(scanner.scan(0, loadSlab(Buffer.from(message)))).toBe(0);
  expect(scanner.cseq).toBe(7);
});

test('a sidecar says that it has it', async () => {
  sidecar = await Sidecar.prepare();
  sidecar.configure();
  sidecar.start();
  await sidecar.ready();
  expect(await sidecar.metric('callfate_scanner_simd')).toBe('1');
  expect(sidecar.stdout).not.toContain('plain scanner');
});

test('without WebAssembly it is the plain one, and the sidecar says so', async () => {
  sidecar = await Sidecar.prepare();
  sidecar.configure();
  sidecar.start(MAIN, ['--jitless']);
  await sidecar.ready();
  expect(sidecar.stdout).toContain(
    'SIP is read by the plain scanner, which takes more time: WebAssembly gets no memory (--jitless, or a limit of addresses, ulimit -v)',
  );
  expect(await sidecar.metric('callfate_scanner_simd')).toBe('0');
});

test.each(['1', '2'])('without WebAssembly `analyze` says the same, %s threads', (threads) => {
  const analyze = (...node: readonly string[]) =>
    spawnSync(
      process.execPath,
      [...node, MAIN, 'analyze', '--threads', threads, '--format', 'json', CAPTURE],
      { cwd: PROJECT, encoding: 'utf8', env: { PATH: process.env.PATH } },
    );
  const { status, stdout } = analyze('--jitless');
  const usual = analyze();
  expect(status).toBe(0);
  expect([status, stdout]).toEqual([usual.status, usual.stdout]);
  expect(stdout).toContain('503');
});
