import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../src/classify/outcome.ts';
import { isReasonId, reasonRow } from '../src/classify/reasons.ts';
import { DEFAULTS } from '../src/config/schema.ts';
import { Engine } from '../src/engine.ts';
import { engineOptions } from '../src/engine-options.ts';
import { ADDRESSES_LENGTH, writeEndpoint } from '../src/sources/address.ts';
import { type FrameMeta, SOURCES } from '../src/sources/source.ts';
import { type PcapPayload, sipPayloads, udpPayloads } from './support/pcap.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const SETS = ['asterisk16', 'freeswitch', 'kamailio', 'opensips'] as const;
/** Beyond every time-out: whatever is still open after this has no end. */
const DAY_MS = 86_400_000;

/** What a label says of an attempt. */
interface Ending {
  readonly outcome: string;
  readonly reason: string;
  readonly endedBy: string;
  readonly connected: boolean;
  readonly status: number | null;
  /** Q.850 cause in the message that ended it. */
  readonly cause: number | null;
}

interface Label {
  readonly capture: string;
  /** Call-ID with `*` for any text and `?` for any one character. */
  readonly callId: string;
  /** Attempts that must match; 0 for messages that belong to no attempt of this capture. */
  readonly attempts: number;
  readonly ending: Ending;
}

/** An attempt whose label and verdict differ, and who is thought to be right. It counts as wrong until it is settled. */
interface Disagreement {
  readonly capture: string;
  readonly callId: string;
  readonly callfate: Partial<Ending>;
  readonly why: string;
}

/** Told in docs/accuracy.md. A row goes when callfate says what the label says; its test fails until then. */
const KNOWN_DISAGREEMENTS: readonly Disagreement[] = [
  {
    capture: 'freeswitch/f20-hangup-media-timeout',
    callId: 'f20-*',
    callfate: { endedBy: 'callee' },
    why: 'a timer of the PBX ended it, whichever leg its BYE went out on',
  },
  {
    capture: 'kamailio/mix',
    callId: 's16-cancel-reason-q102-%%%%%%%%%%@lab.invalid',
    callfate: { endedBy: 'network' },
    why: "the caller's own CANCEL, whose cause has no network location",
  },
];

/** What the engine made of one capture in one form. */
interface Judged {
  readonly verdicts: readonly Verdict[];
  readonly frames: number;
  readonly engine: Engine;
}

type Form = 'wire' | 'hep';

function readLabels(): readonly Label[] {
  const [, ...lines] = readFileSync(join(CORPUS, 'labels.tsv'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [capture = '', callId = '', attempts = '', ...facts] = line.split('\t');
    const [outcome = '', reason = '', endedBy = '', connected = '', status = '', cause = ''] =
      facts;
    const number = (text: string) => (text === '-' ? null : Number(text));
    return {
      capture,
      callId,
      attempts: Number(attempts),
      ending: {
        outcome,
        reason,
        endedBy,
        connected: connected === 'yes',
        status: number(status),
        cause: number(cause),
      },
    };
  });
}

const LABELS = readLabels();
const ACCURACY_PAGE = readFileSync(join(import.meta.dirname, '../docs/accuracy.md'), 'utf8');
const CAPTURES = [...new Set(LABELS.map((label) => label.capture))];

/** The chunk of this type and of four bytes in a HEP packet, as a number. */
function hepNumber(packet: Buffer, type: number): number {
  return packet.readUInt32BE(packet.indexOf(Buffer.from([0, 0, 0, type, 0, 10])) + 6);
}

/**
 * `kamailio/mix` is HEP alone: packets one after another, those of all calls dealt in turn. Here they come in the order
 * of their capture times.
 */
function hepPackets(path: string): readonly PcapPayload[] {
  const file = readFileSync(path);
  const packets: PcapPayload[] = [];
  for (let start = 0; start < file.length; start += file.readUInt16BE(start + 4)) {
    const payload = file.subarray(start, start + file.readUInt16BE(start + 4));
    const at = hepNumber(payload, 9) * 1000 + hepNumber(payload, 10) / 1000;
    packets.push({ at, src: '', dst: '', transport: 17, payload });
  }
  return packets.toSorted((a, b) => a.at - b.at);
}

function formsOf(capture: string): readonly Form[] {
  return capture.endsWith('/mix') ? ['hep'] : ['wire', 'hep'];
}

function payloadsOf(capture: string, form: Form): Iterable<PcapPayload> {
  const path = join(CORPUS, capture);
  if (capture.endsWith('/mix')) return hepPackets(`${path}.hepbin`);
  return form === 'wire' ? sipPayloads(`${path}.sip.pcap`) : udpPayloads(`${path}.hep.pcap`);
}

/** The whole engine in this thread: every frame at its record time, then a day of silence. */
function run(capture: string, form: Form): Judged {
  const verdicts: Verdict[] = [];
  const options = engineOptions(DEFAULTS, '0.0.0');
  const engine = new Engine(
    { ...options, seed: [1, 2], tracker: { ...options.tracker, capacity: 256 } },
    (verdict) => verdicts.push(verdict),
  );
  const meta: FrameMeta = {
    source: SOURCES.indexOf(form === 'hep' ? 'hep_udp' : 'library'),
    arrivedAt: 0,
    payload: form === 'hep' ? 'hep' : 'sip',
    transport: 17,
    addresses: new Uint8Array(ADDRESSES_LENGTH),
  };
  let frames = 0;
  for (const { at, src, dst, transport, payload } of payloadsOf(capture, form)) {
    meta.arrivedAt = at;
    meta.transport = transport;
    if (form === 'wire') {
      writeEndpoint(src, meta.addresses, 'source');
      writeEndpoint(dst, meta.addresses, 'destination');
    }
    engine.pipeline.accept(payload, meta);
    frames++;
    expectLaws(engine, verdicts.length);
  }
  engine.tracker.advance(meta.arrivedAt + DAY_MS);
  expectLaws(engine, verdicts.length);
  return { verdicts, frames, engine };
}

/** Both conservation laws, from the cells that a scrape would read. */
function expectLaws(engine: Engine, ended: number): void {
  const { cells } = engine.snapshot();
  const one = (name: Parameters<typeof engine.bank.cell>[0]) => cells[engine.bank.cell(name)] ?? 0;
  const family = engine.bank.layout.family('callfate_attempts_ended_total');
  const endedCells = cells.subarray(family.base, family.base + family.seriesCount);
  expect(endedCells.reduce((sum, value) => sum + value, 0)).toBe(ended);
  expect(one('callfate_attempts_started_total')).toBe(ended + one('callfate_attempts_active'));
  expect(one('callfate_calls_opened_total')).toBe(
    one('callfate_calls_closed_total') +
      one('callfate_calls_open') +
      one('callfate_calls_merged_total'),
  );
}

function endingOf({ outcome, reason, endedBy, connected, sip, q850 }: Verdict): Ending {
  return { outcome, reason, endedBy, connected, status: sip.status, cause: q850?.cause ?? null };
}

function matches(pattern: string, callId: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(callId);
}

function labelsOf(capture: string): readonly Label[] {
  return LABELS.filter((label) => label.capture === capture);
}

function knownFor(label: Label): Disagreement | undefined {
  return KNOWN_DISAGREEMENTS.find(
    (known) => known.capture === label.capture && known.callId === label.callId,
  );
}

/** By label, in the order of the labels; what no label claims comes last, under `''`. */
function byLabel(capture: string, verdicts: readonly Verdict[]): Record<string, Ending[]> {
  const groups: Record<string, Ending[]> = {};
  for (const { callId, attempts } of labelsOf(capture)) if (attempts > 0) groups[callId] = [];
  for (const verdict of verdicts) {
    const label = labelsOf(capture).find(({ callId }) => matches(callId, verdict.callId));
    const group = label?.callId ?? `unlabelled ${verdict.callId}`;
    groups[group] = [...(groups[group] ?? []), endingOf(verdict)];
  }
  return groups;
}

/** What the labels demand; with `known`, what callfate is known to say instead. */
function demanded(capture: string): Record<string, Ending[]> {
  return Object.fromEntries(
    labelsOf(capture)
      .filter(({ attempts }) => attempts > 0)
      .map((label) => [
        label.callId,
        Array.from({ length: label.attempts }, () => ({
          ...label.ending,
          ...knownFor(label)?.callfate,
        })),
      ]),
  );
}

/** Attempts judged as labelled in every form of the capture, of those labelled or judged. */
function score(capture: string): { right: number; total: number } {
  const forms = formsOf(capture).map((form) => byLabel(capture, run(capture, form).verdicts));
  let right = 0;
  let total = 0;
  for (const { callId, attempts, ending } of labelsOf(capture)) {
    const found = forms.map((form) => form[callId] ?? []);
    const hits = found.map(
      (endings) => endings.filter((one) => JSON.stringify(one) === JSON.stringify(ending)).length,
    );
    right += Math.min(attempts, ...hits);
    total += Math.max(attempts, ...found.map((endings) => endings.length));
  }
  for (const name of new Set(forms.flatMap((form) => Object.keys(form)))) {
    if (name.startsWith('unlabelled ')) total++;
  }
  return { right, total };
}

const sorted = (lines: readonly string[]) => lines.toSorted((a, b) => a.localeCompare(b));

describe.each(SETS)('%s', (set) => {
  const captures = CAPTURES.filter((capture) => capture.startsWith(`${set}/`));

  test.for(captures)('%s ends as labelled', (capture) => {
    for (const form of formsOf(capture)) {
      const { verdicts } = run(capture, form);
      expect(byLabel(capture, verdicts), form).toEqual(demanded(capture));
    }
  });

  test.for(captures.filter((one) => formsOf(one).length > 1))(
    '%s says the same on the wire and over HEP',
    (capture) => {
      const [wire, hep] = (['wire', 'hep'] as const).map((form) =>
        sorted(
          run(capture, form).verdicts.map((verdict) =>
            JSON.stringify({ ...endingOf(verdict), stage: verdict.stage, callId: verdict.callId }),
          ),
        ),
      );
      expect(hep).toEqual(wire);
    },
  );

  test.for(captures)('%s is read to the last message', (capture) => {
    const strays = labelsOf(capture).filter(({ attempts }) => attempts === 0).length;
    for (const form of formsOf(capture)) {
      const { engine, frames } = run(capture, form);
      const { health } = engine.pipeline;
      const sum = (cells: Float64Array) => cells.reduce((total, value) => total + value, 0);
      expect(frames).toBeGreaterThan(0);
      expect(
        {
          messages: sum(health.messages),
          malformed: sum(health.discards.malformed),
          notOurs: sum(health.discards.not_ours),
          lost: sum(health.discards.lost),
          orphans: sum(engine.tracker.counters.orphans),
          active: engine.tracker.counters.active,
          occupied: engine.tracker.occupied,
        },
        form,
      ).toEqual({
        messages: frames,
        malformed: 0,
        notOurs: 0,
        lost: 0,
        orphans: strays,
        active: 0,
        occupied: 0,
      });
    }
  });

  test('accuracy', ({ task }) => {
    const scores = captures.map(score);
    const right = scores.reduce((sum, one) => sum + one.right, 0);
    const total = scores.reduce((sum, one) => sum + one.total, 0);
    task.meta.corpus = { set, right, total };
    const known = LABELS.filter((label) => label.capture.startsWith(`${set}/`) && knownFor(label));
    const conceded = known.reduce((sum, { attempts }) => sum + attempts, 0);
    expect(right).toBe(total - conceded);
    const told = ACCURACY_PAGE.split('\n').find((line) => line.startsWith(`| ${set} |`));
    expect(told).toBe(`| ${set} | ${captures.length} | ${right} | ${total} |`);
  });
});

describe('labels', () => {
  test('every capture is labelled, in every form', () => {
    const files = SETS.flatMap((set) =>
      readdirSync(join(CORPUS, set)).map((file) => `${set}/${file}`),
    );
    const labelled = CAPTURES.flatMap((capture) =>
      capture.endsWith('/mix')
        ? [`${capture}.hepbin`]
        : [`${capture}.hep.pcap`, `${capture}.sip.pcap`],
    );
    expect(sorted(files)).toEqual(sorted(labelled));
  });

  test.for(LABELS.filter(({ attempts }) => attempts > 0))(
    '$capture $callId names a reason of the table with its outcome',
    ({ ending: { reason, outcome } }) => {
      expect(isReasonId(reason) && reasonRow(reason).outcome).toBe(outcome);
    },
  );

  test('the mix holds one call of each of 48 scenarios', () => {
    expect(labelsOf('kamailio/mix').map(({ callId }) => callId.slice(0, 3))).toEqual(
      Array.from({ length: 48 }, (_, index) => `s${String(index + 1).padStart(2, '0')}`),
    );
  });
});

describe('known disagreements', () => {
  test.fails.for(KNOWN_DISAGREEMENTS)('$capture $callId: $why', ({ capture, callId }) => {
    const label = LABELS.find((one) => one.capture === capture && one.callId === callId);
    for (const form of formsOf(capture)) {
      const endings = byLabel(capture, run(capture, form).verdicts)[callId];
      expect(endings).toEqual(Array.from({ length: label?.attempts ?? 0 }, () => label?.ending));
    }
  });

  test('each belongs to a label and is told in docs/accuracy.md', () => {
    for (const { capture, callId } of KNOWN_DISAGREEMENTS) {
      expect(LABELS.filter((one) => one.capture === capture && one.callId === callId)).toHaveLength(
        1,
      );
      expect(ACCURACY_PAGE).toContain(`\`${capture}\``);
    }
  });
});
