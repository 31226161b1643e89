/** `callfate analyze` with one thread and with two: the same bytes, messages and exit codes, whatever it reads. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnalyzeReport } from '../../src/cli/analyze/report.ts';
import { SLAB_MESSAGE_MAX } from '../../src/lib/slab.ts';
import { writeCapture } from '../bench/analyze.ts';
import { LINKS, pcap, udp } from '../support/capture.ts';
import { encodeHep } from '../support/hep.ts';
import { udpPayloads } from '../support/pcap.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const MAIN = join(PROJECT, 'dist/main.js');
const FOLDER = mkdtempSync(join(tmpdir(), 'callfate-threads-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const CORPUS = readdirSync(join(PROJECT, 'test/corpus'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pcap'))
  .toSorted()
  .map((name) => join('test/corpus', name));
const REFUSED = 'test/corpus/kamailio/s25-503.sip.pcap';
const JOINED = 'test/corpus/asterisk16/a16-b2bua-302.sip.pcap';

/** More messages than all batches hold at a time. */
const MESSAGES = 9000;
const LARGE = (['udp', 'tcp', 'hep'] as const).map((form) => {
  const path = join(FOLDER, `${form}.pcap`);
  return writeCapture(path, form, MESSAGES) === MESSAGES ? path : '';
});
const [UDP = '', TCP = ''] = LARGE;

function written(name: string, bytes: Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, bytes);
  return path;
}

/** Every HEP packet with a correlation id, in front of a payload that is compressed or not. */
function compressed(path: string): Buffer {
  const [src, dst] = ['198.51.100.1:9060', '198.51.100.2:9060'];
  const packets = [...udpPayloads(path)].map((one, i) => {
    const hep = encodeHep({ ...one, gzip: i % 2 === 0, correlationId: `call ${i % 3}` });
    return { at: one.at, data: LINKS.ethernet(udp(src, dst, hep)) };
  });
  return pcap(packets);
}

/** Messages as long as any, in UDP and inflated, which take more than all batches together. */
function longest(path: string): Buffer {
  const [src, dst] = ['198.51.100.1:9060', '198.51.100.2:9060'];
  const packets = Array.from({ length: 8 }, () => [...udpPayloads(path)]).flatMap((round, i) =>
    round.map((one, k) => {
      const inflated = Buffer.alloc(k % 2 === 0 ? SLAB_MESSAGE_MAX : 65_000, ' ');
      inflated.set(one.payload);
      const data = k % 2 === 0 ? encodeHep({ ...one, payload: inflated, gzip: true }) : inflated;
      return { at: one.at + 600_000 * i, data: LINKS.ethernet(udp(src, dst, data)) };
    }),
  );
  return pcap(packets);
}

const whole = readFileSync(TCP);
/** A record in the middle claims more bytes than any packet has. */
function corrupt(capture: Buffer): Buffer {
  const bytes = Buffer.from(capture);
  let at = 24;
  while (at < bytes.length / 2) at += 16 + bytes.readUInt32LE(at + 8);
  bytes.writeUInt32LE(0xffffffff, at + 8);
  return bytes;
}

interface Input {
  /** What comes through a pipe on standard input. */
  readonly pipe?: Buffer;
  /** The file that is standard input. */
  readonly file?: string;
}

function analyze(threads: number, args: readonly string[], { pipe, file }: Input = {}) {
  const descriptor = file === undefined ? 'pipe' : openSync(file, 'r');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'analyze', '--threads', String(threads), ...args],
    {
      cwd: PROJECT,
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
      timeout: 100_000,
      maxBuffer: 64_000_000,
      stdio: [descriptor, 'pipe', 'pipe'],
      ...(pipe === undefined ? {} : { input: pipe }),
    },
  );
  if (typeof descriptor === 'number') closeSync(descriptor);
  return { code: status, out: stdout, err: stderr };
}

describe('one thread and two say the same of', () => {
  test.each<[string, readonly string[], Input?]>([
    ['all of the corpus, table', CORPUS],
    ['all of the corpus, json', ['--format', 'json', ...CORPUS]],
    ['all of the corpus, jsonl', ['--format', 'jsonl', ...CORPUS]],
    ['all of the corpus, csv', ['--format', 'csv', ...CORPUS]],
    ['all of the corpus, prometheus', ['--format', 'prometheus', ...CORPUS]],
    ['one vocabulary', ['--vocabulary', 'retell', '--format', 'json', ...CORPUS.slice(0, 20)]],
    ['SIP in UDP', ['--format', 'jsonl', UDP]],
    ['SIP in TCP', ['--format', 'prometheus', TCP]],
    ['captures that overlap', ['--format', 'json', ...LARGE]],
    ['standard input, a pipe', ['--format', 'jsonl', '-'], { pipe: whole }],
    ['standard input, a file', ['--format', 'json', '-'], { file: UDP }],
    ['standard input, gzip, among files', ['-', REFUSED], { pipe: gzipSync(whole) }],
    ['gzip', ['--format', 'json', written('tcp.pcap.gz', gzipSync(whole))]],
    ['gzip cut off', [written('cut.gz', gzipSync(whole).subarray(0, 400_000)), REFUSED]],
    ['a file cut off', ['--format', 'json', written('cut.pcap', whole.subarray(0, 2_000_001))]],
    ['a corrupt file', ['--format', 'json', written('broken.pcap', corrupt(whole))]],
    ['no capture', [written('text.pcap', Buffer.from('To be or not to be'))]],
    ['no file', ['no-such.pcap', 'test']],
    ['some files', ['no-such.pcap', REFUSED, 'test']],
    ['compressed HEP with ids', ['--format', 'jsonl', written('hep.gz', compressed(REFUSED))]],
    ['the longest messages', ['--format', 'jsonl', written('long.pcap', longest(REFUSED))]],
    ['a call that is not there', ['--call', 'no-such-call', JOINED]],
  ])('%s', (_, args, input) => {
    expect(analyze(2, args, input)).toEqual(analyze(1, args, input));
  });

  test('a call of two legs, whose captures are read twice', () => {
    const [line = ''] = analyze(1, ['--format', 'jsonl', JOINED]).out.split('\n');
    const { callId }: { callId: string } = JSON.parse(line);
    const two = analyze(2, ['--call', callId, JOINED]);
    expect(two).toEqual(analyze(1, ['--call', callId, JOINED]));
    expect(two).toMatchObject({ code: 0, err: '' });
    expect(two.out).toContain(`Call-ID ${callId}, 2 legs`);
  });
});

test('two threads read every message', () => {
  const { code, out } = analyze(2, ['--format', 'json', ...LARGE]);
  const report: AnalyzeReport = JSON.parse(out);
  expect(code).toBe(0);
  expect(report.input).toMatchObject({ packets: 3 * MESSAGES, messages: 3 * MESSAGES, lost: {} });
  expect(analyze(2, ['--format', 'json', written('hep2', compressed(REFUSED))]).out).toContain(
    '"messages": 35',
  );
});

test.each([1, 2])('a reader that goes away ends it, with %i threads', (threads) => {
  const line = `"${process.execPath}" "${MAIN}" analyze --threads ${threads} --format csv "${UDP}" "${TCP}"`;
  const { stdout, stderr, status } = spawnSync('sh', ['-c', `${line} | head -n 1; echo done`], {
    cwd: PROJECT,
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect({ status, stderr, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
    status: 0,
    stderr: '',
    last: 'done',
  });
});

test.skipIf(process.platform !== 'linux').each([1, 2])(
  'a full disk ends it, with %i threads',
  (threads) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'analyze', '--threads', String(threads), '--format', 'jsonl', UDP, TCP],
      { cwd: PROJECT, encoding: 'utf8', timeout: 100_000, stdio: ['ignore', full, 'pipe'] },
    );
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'callfate: ENOSPC: no space left on device, write\n',
    });
  },
);

test('a wrong configuration does not wait for what is read', () => {
  expect(analyze(2, ['--config', 'no-such.yaml', UDP])).toEqual(
    analyze(1, ['--config', 'no-such.yaml', UDP]),
  );
});

test.skipIf(process.platform !== 'linux')(
  'a wrong configuration does not wait for a pipe that says nothing',
  () => {
    const pipe = join(FOLDER, 'silent');
    execFileSync('mkfifo', [pipe]);
    const { status, signal } = spawnSync(
      process.execPath,
      [MAIN, 'analyze', '--threads', '2', '--config', 'no-such.yaml', pipe],
      { cwd: PROJECT, stdio: 'ignore', timeout: 100_000 },
    );
    expect({ status, signal }).toEqual({ status: 3, signal: null });
  },
);
