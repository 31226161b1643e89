/** The labelled captures, read as files: the same verdicts as from their messages one by one (test/corpus.test.ts). */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CaptureInput } from '../src/capture-input.ts';
import { type CaptureReport, OPEN_MAX, readCaptures } from '../src/captures.ts';
import type { Verdict } from '../src/classify/outcome.ts';
import { DEFAULTS } from '../src/config/schema.ts';
import { Engine } from '../src/engine.ts';
import { engineOptions } from '../src/engine-options.ts';
import { ADDRESSES_LENGTH, writeEndpoint } from '../src/sources/address.ts';
import { type FrameMeta, SOURCES } from '../src/sources/source.ts';
import { LINKS, pcap, udp } from './support/capture.ts';
import { sipPayloads, udpPayloads } from './support/pcap.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const CAPTURES = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.pcap'),
);
const FOLDER = mkdtempSync(join(tmpdir(), 'callfate-captures-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function createEngine(): { engine: Engine; verdicts: Verdict[] } {
  const verdicts: Verdict[] = [];
  const { tracker, ...options } = engineOptions(DEFAULTS, '0.0.0');
  const engine = new Engine(
    { ...options, seed: [1, 2], tracker: { ...tracker, capacity: 1024 } },
    (verdict) => verdicts.push(verdict),
  );
  return { engine, verdicts };
}

async function read(names: readonly string[], input = Readable.from([])) {
  const { engine, verdicts } = createEngine();
  const capture = new CaptureInput(engine.pipeline);
  const reports: readonly CaptureReport[] = await readCaptures({
    names,
    input,
    packet: (record) => capture.packet(record),
    turn: async () => true,
  });
  capture.finish();
  engine.tracker.drain();
  return { verdicts, reports, engine };
}

/** The messages of a capture, each fed by itself; read by a reader that shares nothing with the product's. */
function referee(path: string): readonly Verdict[] {
  const { engine, verdicts } = createEngine();
  const isHep = !path.endsWith('.sip.pcap');
  const meta: FrameMeta = {
    source: SOURCES.indexOf('library'),
    arrivedAt: 0,
    payload: isHep ? 'hep' : 'sip',
    transport: 17,
    addresses: new Uint8Array(ADDRESSES_LENGTH),
  };
  for (const { at, src, dst, transport, payload } of isHep
    ? udpPayloads(path)
    : sipPayloads(path)) {
    meta.arrivedAt = at;
    meta.transport = transport;
    writeEndpoint(src, meta.addresses, 'source');
    writeEndpoint(dst, meta.addresses, 'destination');
    engine.pipeline.accept(payload, meta);
  }
  engine.tracker.drain();
  return verdicts;
}

describe('the corpus', () => {
  test('is there', () => {
    expect(CAPTURES.length).toBeGreaterThan(90);
  });

  test.for(CAPTURES)('%s', async (name) => {
    const path = join(CORPUS, name);
    const { verdicts, reports, engine } = await read([path]);
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts).toEqual(referee(path));
    expect(reports).toMatchObject([{ stop: null, error: null, broken: 0 }]);
    const { lost, malformed } = engine.pipeline.health.discards;
    expect(lost.some((count) => count > 0)).toBe(false);
    // One captured keep-alive or torn response is known to the referee, too.
    expect(malformed.reduce((sum, count) => sum + count, 0)).toBeLessThan(2);
  });
});

describe('several captures', () => {
  const sip = (i: number) => `OPTIONS sip:${i} SIP/2.0\r\n\r\n`;
  const file = (name: string, ats: readonly number[]): string => {
    const path = join(FOLDER, name);
    const packets = ats.map((at) => ({
      at,
      data: LINKS.ethernet(udp('192.0.2.1:5060', '192.0.2.2:5060', sip(at))),
    }));
    writeFileSync(path, pcap(packets));
    return path;
  };
  const times = async (names: readonly string[]) => {
    const seen: number[] = [];
    const reports = await readCaptures({
      names,
      input: Readable.from([]),
      packet: (record) => seen.push(record.time[0] ?? 0),
      turn: async () => true,
    });
    return { seen, reports };
  };

  test('are read in the order of their times, whatever the order of their names', async () => {
    const names = [file('b', [4000, 5000]), file('c', [7000]), file('a', [1000, 2000])];
    const { seen, reports } = await times(names);
    expect(seen).toEqual([1000, 2000, 4000, 5000, 7000]);
    expect(reports.map(({ name }) => name)).toEqual(names);
  });

  test('that overlap are merged', async () => {
    const names = [
      file('d', [1000, 4000, 4000, 9000]),
      file('e', [2000, 4000, 5000]),
      file('f', []),
    ];
    const { seen } = await times(names);
    expect(seen).toEqual([1000, 2000, 4000, 4000, 4000, 5000, 9000]);
  });

  test(`of which more than ${OPEN_MAX} overlap are all read`, async () => {
    const names = Array.from({ length: OPEN_MAX + 5 }, (_, i) => file(`many-${i}`, [i, 5000 + i]));
    const { seen } = await times(names);
    expect(seen).toHaveLength(2 * names.length);
  });

  test('one that is missing does not keep the others from being read', async () => {
    const missing = join(FOLDER, 'missing.pcap');
    const { seen, reports } = await times([missing, file('g', [1000]), FOLDER]);
    expect(seen).toEqual([1000]);
    expect(reports.map(({ error }) => error)).toEqual([
      `${missing}: no such file`,
      null,
      `${FOLDER}: is a directory`,
    ]);
  });
});

describe('gzip and standard input', () => {
  const path = join(CORPUS, 'kamailio/s25-503.sip.pcap');
  const plain = readFileSync(path);
  const zipped = join(FOLDER, 'zipped.pcap.gz');

  test('a gzipped file', async () => {
    writeFileSync(zipped, gzipSync(plain));
    expect((await read([zipped])).verdicts).toEqual(referee(path));
  });

  test('a gzipped file in two members', async () => {
    writeFileSync(
      zipped,
      Buffer.concat([gzipSync(plain.subarray(0, 999)), gzipSync(plain.subarray(999))]),
    );
    expect((await read([zipped])).verdicts).toEqual(referee(path));
  });

  test('a gzipped file that was cut off gives what it holds', async () => {
    const text = gzipSync(plain, { level: 0 });
    writeFileSync(zipped, text.subarray(0, text.length / 2));
    const { reports, verdicts } = await read([zipped]);
    expect(reports).toMatchObject([{ error: 'unexpected end of file' }]);
    expect(reports[0]?.packets).toBeGreaterThan(5);
    expect(verdicts.length).toBeGreaterThan(0);
  });

  test.each([
    ['in pieces of one byte', (bytes: Buffer) => [...bytes].map((byte) => Buffer.from([byte]))],
    ['whole', (bytes: Buffer) => [bytes]],
  ])('standard input, plain and gzipped, %s', async (_, pieces) => {
    for (const bytes of [plain, gzipSync(plain)]) {
      const { verdicts } = await read(['-'], Readable.from(pieces(bytes)));
      expect(verdicts).toEqual(referee(path));
    }
  });
});
