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

interface CallLabel {
  readonly capture: string;
  /** Call-ID of the first leg. */
  readonly callId: string;
  readonly legs: number;
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
const KNOWN_DISAGREEMENTS: readonly Disagreement[] = [];

/** What the engine made of one capture in one form. */
interface Judged {
  readonly verdicts: readonly Verdict[];
  readonly frames: number;
  readonly engine: Engine;
}

type Form = 'wire' | 'hep';

/** `attempts`: every leg is judged by itself. `calls`: the legs of a B2BUA are joined, as they are by default. */
type Unit = 'attempts' | 'calls';

/** The rows of a table below its heading, as cells. */
function readTable(name: string): readonly string[][] {
  const [, ...lines] = readFileSync(join(CORPUS, name), 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}

function readEnding(cells: readonly string[]): Ending {
  const [outcome = '', reason = '', endedBy = '', connected = '', status = '', cause = ''] = cells;
  return {
    outcome,
    reason,
    endedBy,
    connected: connected === 'yes',
    status: status === '-' ? null : Number(status),
    cause: cause === '-' ? null : Number(cause),
  };
}

function readLabels(): readonly Label[] {
  return readTable('labels.tsv').map(([capture = '', callId = '', attempts = '', ...cells]) => ({
    capture,
    callId,
    attempts: Number(attempts),
    ending: readEnding(cells),
  }));
}

/** Calls of several legs. A cause that reads as NaN is not compared. */
function readCalls(): readonly CallLabel[] {
  return readTable('calls.tsv').map(([capture = '', callId = '', legs = '', ...cells]) => ({
    capture,
    callId,
    legs: Number(legs),
    ending: readEnding(cells),
  }));
}

const LABELS = readLabels();
const CALLS = readCalls();
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
function run(capture: string, form: Form, unit: Unit = 'attempts'): Judged {
  const verdicts: Verdict[] = [];
  const { tracker, ...options } = engineOptions(DEFAULTS, '0.0.0');
  const apart = { ...tracker.join, sessionId: false, correlation: false, inferred: false };
  const joining = unit === 'calls' ? tracker.join : apart;
  const engine = new Engine(
    { ...options, seed: [1, 2], tracker: { ...tracker, capacity: 256, join: joining } },
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
  // With nothing in the table, what is still counted as open or active has vanished.
  const { active, callsOpen } = engine.tracker;
  expect({ active, callsOpen, occupied: engine.tracker.occupied }).toEqual({
    active: 0,
    callsOpen: 0,
    occupied: 0,
  });
  return { verdicts, frames, engine };
}

/** Both conservation laws, from the cells that a scrape would read; `closed` verdicts have been given. */
function expectLaws(engine: Engine, closed: number): void {
  const { cells } = engine.snapshot();
  const one = (name: Parameters<typeof engine.bank.cell>[0]) => cells[engine.bank.cell(name)] ?? 0;
  const family = engine.bank.layout.family('callfate_attempts_ended_total');
  const ended = cells
    .subarray(family.base, family.base + family.seriesCount)
    .reduce((sum, value) => sum + value, 0);
  expect(one('callfate_attempts_started_total')).toBe(ended + one('callfate_attempts_active'));
  expect(one('callfate_calls_closed_total')).toBe(closed);
  expect(one('callfate_calls_opened_total')).toBe(
    closed + one('callfate_calls_open') + one('callfate_calls_merged_total'),
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

function labelOf(capture: string, callId: string): Label | undefined {
  return labelsOf(capture).find((label) => matches(label.callId, callId));
}

function knownFor(label: Label): Disagreement | undefined {
  return KNOWN_DISAGREEMENTS.find(
    (known) => known.capture === label.capture && known.callId === label.callId,
  );
}

/** By label, in the order of the labels; what no label claims comes last. */
function byLabel(capture: string, verdicts: readonly Verdict[]): Record<string, Ending[]> {
  const groups: Record<string, Ending[]> = {};
  for (const { callId, attempts } of labelsOf(capture)) if (attempts > 0) groups[callId] = [];
  for (const verdict of verdicts) {
    const group = labelOf(capture, verdict.callId)?.callId ?? `unlabelled ${verdict.callId}`;
    groups[group] = [...(groups[group] ?? []), endingOf(verdict)];
  }
  return groups;
}

/** What the labels demand or, where it is known to differ, what callfate says. */
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

/** One line a call: its first leg's Call-ID, how many legs, and how it ended; causes only where `compare` has one. */
function callLines(capture: string, form: Form): string[] {
  const { verdicts } = run(capture, form, 'calls');
  return sorted(
    verdicts.map((verdict) => {
      const label = CALLS.find(
        (one) => one.capture === capture && matches(one.callId, verdict.callId),
      );
      const { cause, ...rest } = endingOf(verdict);
      const judged = Number.isNaN(label?.ending.cause) ? rest : { ...rest, cause };
      const name = label?.callId ?? labelOf(capture, verdict.callId)?.callId ?? verdict.callId;
      return `${name} ${verdict.legs.length} ${JSON.stringify(judged)}`;
    }),
  );
}

/** What the tables demand of the calls in a capture: the joined ones, and every attempt that is no leg of theirs. */
function demandedCalls(capture: string): string[] {
  const calls = CALLS.filter((one) => one.capture === capture);
  const joined = calls.map(({ callId, legs, ending: { cause, ...rest } }) => {
    const judged = Number.isNaN(cause) ? rest : { ...rest, cause };
    return `${callId} ${legs} ${JSON.stringify(judged)}`;
  });
  if (calls.length > 0) return sorted(joined);
  return sorted(
    Object.entries(demanded(capture)).flatMap(([callId, endings]) =>
      endings.map((ending) => `${callId} 1 ${JSON.stringify(ending)}`),
    ),
  );
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

  test.for(captures)('%s ends as labelled, its legs joined', (capture) => {
    for (const form of formsOf(capture)) {
      expect(callLines(capture, form), form).toEqual(demandedCalls(capture));
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
        },
        form,
      ).toEqual({
        messages: frames,
        malformed: 0,
        notOurs: 0,
        lost: 0,
        orphans: strays,
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

describe('branches', () => {
  const captures = CAPTURES.filter((capture) => formsOf(capture).length > 1);
  const branchesOf = (capture: string, form: Form) =>
    sorted(
      run(capture, form).verdicts.flatMap(({ callId, branches }) =>
        branches.map(({ status, cause }) => `${callId} ${status} ${cause}`),
      ),
    );

  test.for(captures)('%s has the same on the wire and over HEP', (capture) => {
    expect(branchesOf(capture, 'hep')).toEqual(branchesOf(capture, 'wire'));
  });
});

describe('labels', () => {
  test('a capture with a call of several legs has labels for that many attempts', () => {
    for (const { capture, legs } of CALLS) {
      const attempts = labelsOf(capture).reduce((sum, label) => sum + label.attempts, 0);
      expect(attempts, capture).toBe(legs);
    }
  });

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

  test.for([...LABELS.filter(({ attempts }) => attempts > 0), ...CALLS])(
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
    const { length } = KNOWN_DISAGREEMENTS;
    expect(ACCURACY_PAGE.includes('None now.')).toBe(length === 0);
  });
});
