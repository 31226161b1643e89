/** Real RTCP reports of calls between phones that speak, through the whole engine; see test/corpus/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../src/classify/outcome.ts';
import { DEFAULTS } from '../src/config/schema.ts';
import { decodeHep } from '../src/decode/hep.ts';
import { HEP_STATUS } from '../src/decode/hep-table.ts';
import { Packet } from '../src/decode/packet.ts';
import { RTCP_MAX, readRtcp } from '../src/decode/rtcp.ts';
import { Engine } from '../src/engine.ts';
import { engineOptions } from '../src/engine-options.ts';
import { loadSlab } from '../src/lib/slab.ts';
import { ADDRESSES_LENGTH } from '../src/sources/address.ts';
import { SOURCES } from '../src/sources/source.ts';
import { udpPayloads } from './support/pcap.ts';

const CAPTURES = join(import.meta.dirname, 'corpus/media');
const DAY_MS = 86_400_000;

interface Heard {
  readonly capture: string;
  readonly legs: number;
  readonly reports: Readonly<Record<string, number>>;
  readonly verdict: Pick<Verdict, 'outcome' | 'reason' | 'certainty' | 'endedBy'>;
  /** Each fact, and who did not hear: a leg's callee is who got its INVITE. */
  readonly facts: readonly (readonly [value: string, name: string])[];
}

const WELL = {
  outcome: 'completed',
  reason: 'normal_clearing_caller',
  certainty: 'observed',
  endedBy: 'caller',
} as const;
const ONE_WAY = {
  outcome: 'dropped',
  reason: 'one_way_audio',
  certainty: 'inferred',
  endedBy: 'caller',
} as const;
const VANISHED = {
  outcome: 'dropped',
  reason: 'media_timeout',
  certainty: 'inferred',
  endedBy: 'callee',
} as const;

const HEARD: readonly Heard[] = [
  { capture: 'asterisk16-both', legs: 2, reports: { taken: 8 }, verdict: WELL, facts: [] },
  { capture: 'asterisk22-both', legs: 2, reports: { taken: 8 }, verdict: WELL, facts: [] },
  {
    capture: 'rtpengine-both',
    legs: 1,
    reports: { taken: 4, silent: 2 },
    verdict: WELL,
    facts: [],
  },
  ...['asterisk16-one-way', 'asterisk22-one-way'].map((capture) => ({
    capture,
    legs: 2,
    reports: { taken: 6 },
    verdict: ONE_WAY,
    facts: [['one_way', 'caller']] as const,
  })),
  {
    capture: 'rtpengine-one-way',
    legs: 1,
    reports: { taken: 2, silent: 1 },
    verdict: ONE_WAY,
    facts: [['one_way', 'caller']],
  },
  {
    capture: 'asterisk22-vanished',
    legs: 2,
    reports: { taken: 16 },
    verdict: VANISHED,
    facts: [['interrupted', 'callee']],
  },
  {
    capture: 'rtpengine-vanished',
    legs: 1,
    reports: { taken: 5, silent: 1 },
    verdict: VANISHED,
    facts: [['interrupted', 'callee']],
  },
];

function packetsOf(capture: string) {
  return [...udpPayloads(join(CAPTURES, `${capture}.pcap`))];
}

function judge(capture: string): { verdicts: readonly Verdict[]; engine: Engine } {
  const verdicts: Verdict[] = [];
  const options = engineOptions(DEFAULTS, 'test');
  const join = { ...options.tracker.join, headers: ['x-first-leg'] };
  const tracker = { ...options.tracker, capacity: 64, join };
  const engine = new Engine({ ...options, tracker, seed: [1, 2] }, (v) => verdicts.push(v));
  const source = SOURCES.indexOf('hep_udp');
  const addresses = new Uint8Array(ADDRESSES_LENGTH);
  let last = 0;
  for (const { at, payload } of packetsOf(capture)) {
    last = at;
    engine.tracker.advance(at);
    engine.pipeline.accept(payload, {
      source,
      arrivedAt: at,
      payload: 'hep',
      transport: 17,
      addresses,
    });
  }
  engine.tracker.advance(last + DAY_MS);
  engine.publish();
  return { verdicts, engine };
}

describe.for(HEARD)('$capture', ({ capture, legs, reports, verdict, facts }) => {
  const { verdicts, engine } = judge(capture);

  test('one verdict', () => {
    expect(verdicts.map((one) => ({ ...one, legs: one.legs.length }))).toMatchObject([
      { ...verdict, legs, joined: legs > 1 ? 'header' : null },
    ]);
    const told = verdicts.flatMap(({ context }) => context.map((fact) => [fact.value, fact.name]));
    // Both legs may say the same.
    expect(new Set(told.map(String))).toEqual(new Set(facts.map(String)));
  });

  test('every packet is read', () => {
    const { bank, pipeline } = engine;
    const counted = ['taken', 'silent', 'no_call_id', 'unknown_call', 'unclear'].flatMap((name) => {
      const count = bank.cells[bank.cell('callfate_media_reports_total', name)] ?? 0;
      return count === 0 ? [] : [[name, count]];
    });
    expect(Object.fromEntries(counted)).toEqual(reports);
    const { not_ours, malformed, lost } = pipeline.health.discards;
    for (const cells of [not_ours, malformed, lost]) expect(Math.max(...cells)).toBe(0);
  });
});

/** Every RTCP payload of the captures, as it stands in HEP. */
function realReports(): readonly Buffer[] {
  return HEARD.flatMap(({ capture }) => packetsOf(capture)).flatMap(({ payload }) => {
    const packet = new Packet();
    const status = decodeHep(0, loadSlab(payload), packet, { authKey: null });
    // Every packet of a capture is a view into the file: what is offset in the slab is offset in it.
    return status === HEP_STATUS.rtcp ? [payload.subarray(packet.start, packet.end)] : [];
  });
}

test('a real report that is cut anywhere is malformed, and none of its digits can hurt', () => {
  const reports = realReports();
  expect(reports).toHaveLength(8 + 8 + 6 + 6 + 3 + 6 + 16 + 6);
  for (const report of reports) {
    expect(readRtcp(0, loadSlab(report))).toSatisfy(
      (result) => result === 'silent' || typeof result === 'object',
    );
    for (let end = 1; end < report.length - 1; end++) {
      expect(readRtcp(0, loadSlab(report.subarray(0, end)))).toBe('malformed');
    }
    const huge = report.toString('latin1').replace(/\d+/g, '9'.repeat(40));
    expect(readRtcp(0, loadSlab(Buffer.from(huge)))).toBeOneOf(['malformed', 'silent']);
    expect(huge.length).toBeLessThan(RTCP_MAX);
  }
});

test('the captures are described', () => {
  const page = readFileSync(join(CAPTURES, '../README.md'), 'utf8');
  for (const { capture } of HEARD) expect(page).toContain(`\`${capture}\``);
});
