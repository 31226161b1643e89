/** Which scanner is chosen, where. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { shareBatches } from '../src/batch-memory.ts';
import { Sidecar } from './support/sidecar.ts';
import { until } from './support/until.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const MAIN = resolve(PROJECT, 'dist/main.js');
const GIBIBYTE = 2 ** 30;
const CAPTURE = 'test/corpus/kamailio/s25-503.sip.pcap';

const sidecars: Sidecar[] = [];
afterEach(async () => {
  for (const one of sidecars.splice(0)) await one.close();
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

/** Node with so many KiB of addresses. */
function limited(kibibytes: number): readonly string[] {
  return ['/bin/sh', '-c', `ulimit -v ${kibibytes} && exec "$0" "$@"`, process.execPath];
}

async function started(node?: readonly string[]): Promise<Sidecar> {
  const one = await Sidecar.prepare();
  sidecars.push(one);
  one.configure();
  one.start(MAIN, node);
  await one.ready();
  return one;
}

test('a sidecar says which it has, and one of its threads reserves addresses for it', async () => {
  const usual = await started();
  expect(await usual.metric('callfate_scanner_simd')).toBe('1');
  expect(usual.stdout).not.toContain('plain scanner');

  const plain = await started(limited(60_000_000));
  expect(await plain.metric('callfate_scanner_simd')).toBe('0');
  await until(() => plain.stdout.includes('plain scanner'));
  expect(plain.stdout).toContain(
    'SIP is read by the plain scanner, which takes more time: the address space is limited',
  );

  // 8 or 10 GiB, by version; Node itself may reserve as much.
  const addresses = async (one: Sidecar) =>
    Number(await one.metric('process_virtual_memory_bytes'));
  const reserved = (await addresses(usual)) - (await addresses(plain));
  expect(reserved).toBeGreaterThan(7 * GIBIBYTE);
  expect(reserved).toBeLessThan(14 * GIBIBYTE);
});

describe('`analyze` says the same', () => {
  const usual = analyze([process.execPath, MAIN], '1');
  expect(usual).toMatchObject({ status: 0, stdout: expect.stringContaining('503') });
  test.each([
    ['without WebAssembly', [process.execPath, '--jitless', MAIN]],
    ['where addresses are few', [...limited(5_000_000), MAIN]],
    ['where they would just do for WebAssembly', [...limited(12_400_000), MAIN]],
    ['where they would do for one thread', [...limited(16_000_000), MAIN]],
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
