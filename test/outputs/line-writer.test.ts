/** Lines of calls that ended alike come of one form; `handover.test.ts` holds them to pino's. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { FORMS_BYTES_MAX, FORMS_MAX, LineWriter } from '../../src/outputs/line-writer.ts';
import { Redactor } from '../../src/outputs/redact.ts';
import { evidence, verdict } from './fixtures.ts';

const NOW = Date.UTC(2026, 10, 21, 10);
const shown = new LineWriter(1, null);
/** The line of one that meets nothing it knows. */
const lineOf = (one: Verdict, redactor: Redactor | null = null): string => {
  const writer = new LineWriter(1, redactor);
  writer.add(one, [], NOW);
  return Buffer.from(writer.take()).toString();
};
const add = (writer: LineWriter, one: Verdict): string => {
  writer.add(one, [], NOW);
  return Buffer.from(writer.take()).toString();
};

describe('a form', () => {
  test('is made of an ending that comes again', () => {
    const writer = new LineWriter(1, null);
    const forms = [1, 2, 3].map((n) => {
      add(writer, verdict({ callId: `call-${n}` }));
      return writer.forms;
    });
    expect(forms).toEqual([0, 1, 1]);
  });

  const alike: Partial<Verdict> = {
    callId: 'é"\\\n',
    caller: '+4930123456',
    id: 'fedcba9876543210',
    legs: ['a', 'b'],
    startedAt: '2026-11-21T09:59:59.001Z',
  };
  test('is filled with what each call has of its own', () => {
    const vocabularies = {};
    const writer = new LineWriter(1, null);
    for (const more of [{}, {}, alike, {}]) {
      const one = verdict({ ...more, vocabularies });
      expect(add(writer, one)).toBe(lineOf(one));
    }
    expect([writer.forms, writer.filled]).toEqual([1, 3]);
  });

  const base = verdict({
    q850: { cause: 34, location: null, seenIn: 'bye' },
    reasonHeaders: ['a'],
    branches: [{ peer: 'carrier-a', status: 503, cause: 34, decided: true }],
    stages: [{ stage: 'ringing', enteredAt: verdict().startedAt, leftAt: verdict().endedAt }],
    evidence: [{ ...evidence('q850'), value: '34', why: 'it says so' }],
    conflicts: [{ winner: evidence('q850'), loser: evidence('request') }],
    ringingAt: verdict().startedAt,
  });
  const [branch, span, item] = [base.branches[0], base.stages[0], base.evidence[0]];
  if (branch === undefined || span === undefined || item === undefined) throw new Error('none');
  /** Of the same number as `base` where that can be: it must be told apart all the same. */
  const others: readonly Partial<Verdict>[] = [
    { source: 'context' },
    { captureId: 7 },
    { joined: 'header' },
    { direction: 'inbound' },
    { peerIn: 'Other' },
    { peerOut: 'carrier-b' },
    { outcome: 'failed' },
    { reason: 'no_Circuit' },
    { attribution: 'callee' },
    { stage: 'ringing' },
    { endedBy: 'callee' },
    { endedByRole: 'agent' },
    { connected: true },
    { served: true },
    { abnormal: false },
    { certainty: 'assumed' },
    { sip: { ...base.sip, status: 504 } },
    { sip: { ...base.sip, phrase: 'x' } },
    { sip: { ...base.sip, farStatus: 504 } },
    { q850: null },
    { q850: { cause: 35, location: null, seenIn: 'bye' } },
    { q850: { cause: 34, location: 'LN', seenIn: 'bye' } },
    { q850: { cause: 34, location: null, seenIn: 'cancel' } },
    { reasonHeaders: ['b'] },
    { reasonHeaders: [] },
    { branches: [] },
    { branches: [{ ...branch, peer: 'carrier-b' }] },
    { branches: [{ ...branch, status: 500 }] },
    { branches: [{ ...branch, cause: 35 }] },
    { branches: [{ ...branch, decided: false }] },
    { stages: [] },
    { stages: [{ ...span, stage: 'talking' }] },
    { stages: [{ ...span, leftAt: '+12026-11-21T10:00:00.000Z' }] },
    { evidence: [] },
    { evidence: [{ ...item, kind: 'request' }] },
    { evidence: [{ ...item, value: '35' }] },
    { evidence: [{ ...item, message: 'BYE' }] },
    { evidence: [{ ...item, at: base.startedAt }] },
    { evidence: [{ ...item, decided: true }] },
    { evidence: [{ ...item, why: 'it says no' }] },
    { conflicts: [] },
    { conflicts: [{ winner: evidence('q850'), loser: { ...evidence('request'), why: 'x' } }] },
    { conflicts: [{ winner: evidence('request'), loser: evidence('request') }] },
    { ringingAt: null },
    { answeredAt: base.startedAt },
    { id: 'short' },
    { startedAt: '+12026-11-21T10:00:00.000Z' },
    {
      context: [
        {
          kind: 'stage',
          value: 'entered',
          name: 'queue',
          enforcedBy: null,
          subject: null,
          id: null,
          at: base.startedAt,
          source: 'api',
        },
      ],
    },
    { vocabularies: { acme: {} } },
  ];
  test('knows every field of a verdict', () => {
    const own = ['schema', 'callId', 'fromTag', 'legs', 'caller', 'callee', 'endedAt', 'timing'];
    const known = [...own, ...others.flatMap((more) => Object.keys(more))];
    expect(Object.keys(base).filter((field) => !known.includes(field))).toEqual([]);
  });

  test.each(others)('does not fit what differs in %j', (more) => {
    const writer = new LineWriter(1, null);
    for (const one of [base, base, base]) add(writer, one);
    const other = { ...base, ...more };
    for (const one of [other, base, other, other, base]) expect(add(writer, one)).toBe(lineOf(one));
  });

  test('is not used where it would show a number or a name', () => {
    const redactor = new Redactor('key');
    const own = verdict({ callee: '4930123456' });
    const rows = [
      ['gone', 8],
      ['for 1001', 7],
      ['to 4930123456', 0],
      ['sip:bob@host', 0],
      ['ALICE 0x00000490', 7],
    ] as const;
    for (const [text, filled] of rows) {
      const writer = new LineWriter(1, redactor);
      add(writer, { ...own, reasonHeaders: [text] });
      // The one with a space in it is looked for as no plain name is.
      for (const caller of ['1002', '1003', '1001', 'alice', 'bob', '4930123457', 'a b', null]) {
        const one = { ...own, reasonHeaders: [text], caller };
        expect(add(writer, one)).toBe(lineOf(one, redactor));
      }
      expect([text, writer.filled]).toEqual([text, filled]);
    }
  });
});

describe('bounds', () => {
  test('so many forms are remembered, then all begins anew', () => {
    for (let i = 0; i <= FORMS_MAX; i++) {
      const one = verdict({ peerOut: `peer-${i}` });
      for (let again = 0; again < 2; again++) add(shown, one);
      expect(shown.forms).toBe(i < FORMS_MAX ? i + 1 : 1);
    }
  });

  test('so many bytes of them', () => {
    const writer = new LineWriter(1, null);
    const text = 'x'.repeat(FORMS_BYTES_MAX / 4);
    const forms = [1, 2, 3, 4, 5].map((n) => {
      for (let again = 0; again < 2; again++) {
        add(writer, verdict({ reasonHeaders: [text], peerOut: `peer-${n}` }));
      }
      return writer.forms;
    });
    expect(forms).toEqual([1, 2, 3, 1, 2]);
  });

  test('a form is not made anew each time where text differs from call to call', () => {
    const writer = new LineWriter(1, null);
    const say = (n: number) => verdict({ reasonHeaders: [`${1000 + n}`] });
    for (let n = 0; n < 100; n++) expect(add(writer, say(n))).toBe(lineOf(say(n)));
    expect(writer.forms).toBe(1);
  });
});
