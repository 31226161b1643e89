/** What the edge gets of verdicts: the very lines that pino would write, and the calls to be kept. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallKeys } from '../src/api/call-keys.ts';
import type { Ended } from '../src/calls/call.ts';
import type { Evidence, Verdict } from '../src/classify/outcome.ts';
import { Handover, type HandoverOptions, verdictText } from '../src/handover.ts';
import { createLogger } from '../src/lib/log.ts';
import { createCallLog } from '../src/outputs/call-log.ts';
import { Redactor } from '../src/outputs/redact.ts';
import { evidence, verdict } from './outputs/fixtures.ts';
import { tell } from './support/recent.ts';

const NOW = Date.UTC(2026, 10, 21, 10);
const KEY = 'a key of these tests';
const ALL: HandoverOptions = { lines: true, keptPerSecond: 1000, hashKey: null };
const LEG = { ladder: null } as unknown as Ended;
const SCRIPT = `
  0    > INVITE | From: <sip:+493012345678@pbx>;tag=a
  300  < 480 INVITE | Reason: Q.850;cause=34;text="no \\"way\\" out"
`;

/** Hands verdicts over as the engine's thread does, and lets them cross. */
function batchOf(verdicts: readonly Verdict[], options: Partial<HandoverOptions> = {}) {
  const handover = new Handover({ ...ALL, ...options }, () => NOW);
  for (const one of verdicts) handover.add(one, [LEG], [one]);
  const batch = handover.take();
  return structuredClone(batch, { transfer: [batch.lines.buffer] });
}

/** The lines that pino writes, with the time that the batch has. */
function pinoLines(verdicts: readonly Verdict[], hashKey: string | null): string {
  let text = '';
  const destination = {
    write: (line: string) => {
      text += line;
    },
  };
  const redactNumbers = hashKey !== null;
  const log = createCallLog(createLogger({ level: 'info', destination }), {
    redactNumbers,
    hashKey,
  });
  for (const one of verdicts) log.write(one);
  return text.replaceAll(/"time":"[^"]*"/g, `"time":"${new Date(NOW).toISOString()}"`);
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('"', '\\', '\n', 'é☎😀', '+4930123456'),
);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const anyNumber = orNull(fc.double({ noNaN: true, noDefaultInfinity: true }));
const anyEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    value: anyText,
    message: orNull(anyText),
    at: orNull(fc.constant('2026-11-21T10:00:00.000Z')),
    why: anyText,
    decided: fc.boolean(),
  })
  .map((more) => ({ ...evidence('q850'), ...more }));
const anyVerdict: fc.Arbitrary<Verdict> = fc
  .record({
    callId: anyText,
    fromTag: anyText,
    joined: orNull(anyText),
    peerIn: anyText,
    caller: orNull(anyText),
    callee: orNull(anyText),
    ringingAt: orNull(fc.constant('2026-11-21T10:00:00.000Z')),
    legs: fc.array(anyText, { maxLength: 1 }),
    sip: fc.record({ status: anyNumber, phrase: orNull(anyText), farStatus: anyNumber }),
    q850: orNull(fc.constant({ cause: 16, location: 'LN', seenIn: 'bye' } as const)),
    reasonHeaders: fc.array(anyText),
    branches: fc.array(
      fc.record({ peer: anyText, status: anyNumber, cause: anyNumber, decided: fc.boolean() }),
    ),
    stages: fc.array(
      fc.constant({
        stage: 'ringing',
        enteredAt: '2026-11-21T10:00:00.000Z',
        leftAt: '2026-11-21T10:00:01.000Z',
      } as const),
    ),
    evidence: fc.array(anyEvidence),
    conflicts: fc.array(fc.record({ winner: anyEvidence, loser: anyEvidence })),
    vocabularies: fc.dictionary(
      fc.constantFrom('acme', 'ümlaut'),
      fc.dictionary(fc.constantFrom('status'), fc.record({ code: anyText, name: anyText })),
    ),
    timing: fc.record({
      postDialDelay: anyNumber,
      ring: anyNumber,
      talk: anyNumber,
      hold: anyNumber,
      total: fc.double({ noNaN: true, noDefaultInfinity: true }),
    }),
  })
  .map((more) => verdict(more));

const anyTime = fc.integer({ min: 0, max: NOW }).map((at) => new Date(at).toISOString());
const anyParty = orNull(
  fc.oneof(anyText, fc.stringMatching(/^\+?\d{3,15}$/), fc.constantFrom('anonymous', 'alice')),
);
/** What calls that ended alike do not share: it is to be put over a verdict. */
const anyCall: fc.Arbitrary<(verdict: Verdict) => Partial<Verdict>> = fc
  .record({
    id: fc.stringMatching(/^[0-9a-f]{16}$/),
    callId: anyText,
    fromTag: fc.oneof(anyText, fc.constant('4930123456')),
    legs: fc.array(anyText, { maxLength: 3 }),
    caller: anyParty,
    callee: anyParty,
    startedAt: anyTime,
    endedAt: anyTime,
    timing: fc.record({
      postDialDelay: anyNumber,
      ring: anyNumber,
      talk: anyNumber,
      hold: anyNumber,
      total: fc.integer({ min: 0, max: 100_000 }).map((ms) => ms / 1000),
    }),
    at: anyTime,
  })
  .map(({ at, ...call }) => (verdict) => ({
    ...call,
    ringingAt: verdict.ringingAt === null ? null : at,
    evidence: verdict.evidence.map((item) => (item.at === null ? item : { ...item, at })),
    stages: verdict.stages.map((span) => ({ ...span, leftAt: at })),
  }));

describe('lines', () => {
  test.each([null, KEY])('are those of pino, byte for byte; key of hashes: %s', (hashKey) => {
    fc.assert(
      fc.property(fc.array(anyVerdict, { minLength: 1, maxLength: 4 }), (verdicts) => {
        const { lines, count } = batchOf(verdicts, { hashKey });
        expect(count).toBe(verdicts.length);
        expect(Buffer.from(lines).toString()).toBe(pinoLines(verdicts, hashKey));
      }),
      { numRuns: 100 },
    );
  });

  test.each([null, KEY])(
    'are those of pino where calls end alike; key of hashes: %s',
    (hashKey) => {
      const calls = fc.array(anyCall, { minLength: 3, maxLength: 6 });
      fc.assert(
        fc.property(anyVerdict, calls, (one, others) => {
          const verdicts = others.map((other) => ({ ...one, ...other(one) }));
          const { lines } = batchOf(verdicts, { hashKey });
          expect(Buffer.from(lines).toString()).toBe(pinoLines(verdicts, hashKey));
        }),
        { numRuns: 200 },
      );
    },
  );

  test('hold every field that a real verdict has', () => {
    const verdicts = tell(SCRIPT).map((told) => told.verdict);
    expect(verdicts).toHaveLength(1);
    expect(Buffer.from(batchOf(verdicts).lines).toString()).toBe(pinoLines(verdicts, null));
  });

  test('one that is larger than the room of a batch is whole', () => {
    const verdicts = [verdict(), verdict({ callId: 'é'.repeat(1_000_000) }), verdict()];
    expect(Buffer.from(batchOf(verdicts).lines).toString()).toBe(pinoLines(verdicts, null));
  });

  test('are not made where neither log nor store wants them', () => {
    const batch = batchOf([verdict()], { lines: false, keptPerSecond: 0 });
    expect([batch.count, batch.lines.length, batch.kept]).toEqual([1, 0, []]);
  });
});

describe('calls to be kept', () => {
  test('come with their JSON, redacted, and with keys of what they are', () => {
    const verdicts = [
      verdict({ caller: '+493012345678', callId: 'é-☎-4930123456781@pbx' }),
      verdict({ callee: '+493012345679', callId: '493012345679@pbx' }),
    ];
    const batch = batchOf(verdicts, { hashKey: KEY });
    const redactor = new Redactor(KEY);
    const texts = batch.kept.map((told) => verdictText(batch, told));
    expect(texts).toEqual(verdicts.map((one) => JSON.stringify(redactor.verdict(one))));
    const keys = batch.kept.map((told) => JSON.parse(told.keys) as CallKeys);
    expect(keys).toMatchObject([
      { callIds: ['é-☎-4930123456781@pbx'], numbers: [redactor.hash('493012345678')] },
      { callIds: ['493012345679@pbx'], numbers: [redactor.hash('493012345679')] },
    ]);
    expect(keys[1]?.callId).toBe(`${redactor.hash('493012345679')}@pbx`);
  });

  test('hold half a pair of UTF-16 escaped, as JSON has it', () => {
    const one = verdict({ callId: 'a\ud800' });
    const batch = batchOf([one]);
    expect(batch.kept.map((told) => verdictText(batch, told))).toEqual([JSON.stringify(one)]);
  });

  test('are so many a second, and the others are counted', () => {
    const batch = batchOf([verdict(), verdict(), verdict()], { keptPerSecond: 2, lines: false });
    expect([batch.kept.length, batch.passedOver, batch.count]).toEqual([2, 1, 3]);
    expect(Buffer.from(batch.lines).toString().split('\n')).toHaveLength(3);
  });
});

test('calls that ended alike are counted together', () => {
  const other = verdict({ reason: 'normal', outcome: 'completed', abnormal: false });
  expect(batchOf([verdict(), other, verdict()]).tallies).toMatchObject([
    { reason: 'no_circuit', outcome: 'unreachable', abnormal: true, calls: 2 },
    { reason: 'normal', outcome: 'completed', abnormal: false, calls: 1 },
  ]);
});

test('a call that throws half way leaves no line, and those around it are whole', () => {
  const handover = new Handover(ALL, () => NOW);
  const sound = verdict({ callId: 'sound' });
  const broken: Verdict = {
    ...verdict({ callId: 'broken' }),
    get callId(): string {
      throw new Error('a bug');
    },
  };
  handover.add(sound, [LEG], [sound]);
  // Its line is written by then: the Call-IDs of its legs are keys.
  expect(() => handover.add(sound, [LEG], [sound, broken])).toThrow('a bug');
  handover.add(sound, [LEG], [sound]);
  const batch = handover.take();
  expect(Buffer.from(batch.lines).toString()).toBe(pinoLines([sound, sound], null));
  expect(batch).toMatchObject({ count: 2, tallies: [{ calls: 2 }] });
  expect(batch.kept.map((call) => JSON.parse(verdictText(batch, call)).callId)).toEqual([
    'sound',
    'sound',
  ]);
});

test('a batch is full at 256 verdicts, or at half a MiB, and begins anew when it was taken', () => {
  const handover = new Handover(ALL, () => NOW);
  const fill = (one: Verdict): number => {
    let added = 0;
    for (; !handover.isFull; added++) handover.add(one, [LEG], [one]);
    return added;
  };
  expect(handover.isEmpty).toBe(true);
  expect(fill(verdict())).toBe(256);
  expect(handover.take().count).toBe(256);
  expect([handover.isEmpty, handover.take().count]).toEqual([true, 0]);
  expect(fill(verdict({ fromTag: 'x'.repeat(100_000) }))).toBe(6);
});
