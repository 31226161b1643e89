/** Which scanner is chosen, where. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { shareBatches } from '../src/batch-memory.ts';
import { Sidecar } from './support/sidecar.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const MAIN = resolve(PROJECT, 'dist/main.js');
const GIBIBYTE = 2 ** 30;
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

test('what is no code for this slab is not taken', async () => {
  const { createScanner } = await import('../src/scanner.ts');
  const { SCANNER_CODE } = await import('../src/package-files.ts');
  const { own } = SCANNER_CODE;
  const problemOf = (shared: string) => createScanner({ own, shared }).problem;
  expect(problemOf(SCANNER_CODE.shared)).toBeNull();
  expect(problemOf(own)).toContain('mismatch in shared state');
  expect(problemOf(MAIN)).toContain('expected magic word');
  expect(problemOf('no/such.wasm')).toContain('ENOENT');
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
    'SIP is read by the plain scanner, which takes more time: this Node has no WebAssembly',
  );
  expect(await sidecar.metric('callfate_scanner_simd')).toBe('0');
});

test('one thread of a sidecar reserves the addresses that WebAssembly takes', async () => {
  sidecar = await Sidecar.prepare();
  sidecar.configure();
  sidecar.start();
  await sidecar.ready();
  const bytes = Number(await sidecar.metric('process_virtual_memory_bytes'));
  expect(bytes).toBeGreaterThan(10 * GIBIBYTE);
  expect(bytes).toBeLessThan(20 * GIBIBYTE);
});

describe('`analyze` says the same', () => {
  const usual = analyze([process.execPath, MAIN], '1');
  expect(usual).toMatchObject({ status: 0, stdout: expect.stringContaining('503') });
  const limited = (kibibytes: number) => [
    '/bin/sh',
    '-c',
    `ulimit -v ${kibibytes} && exec "$0" "$@"`,
    process.execPath,
    MAIN,
  ];

  test.each([
    ['without WebAssembly', [process.execPath, '--jitless', MAIN]],
    ['where addresses are few', limited(5_000_000)],
    ['where they would just do for WebAssembly', limited(12_400_000)],
    ['where they would do for one thread', limited(16_000_000)],
  ])('%s', (_, command) => {
    expect(analyze(command, '1')).toEqual(usual);
    expect(analyze(command, '2')).toEqual(usual);
  });
});

function analyze([program = '', ...args]: readonly string[], threads: string): object {
  const { status, stdout } = spawnSync(
    program,
    [...args, 'analyze', '--threads', threads, '--format', 'json', CAPTURE],
    { cwd: PROJECT, encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
  return { status, stdout };
}
