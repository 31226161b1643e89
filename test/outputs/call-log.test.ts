import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { createLogger, type Logger, type LogLevel } from '../../src/lib/log.ts';
import { createCallLog } from '../../src/outputs/call-log.ts';
import { Redactor } from '../../src/outputs/redact.ts';

const CALLER = '+493012345678';
const CALLEE = '00441632960123';

const EVIDENCE = {
  kind: 'q850',
  value: '34',
  message: '480 to INVITE',
  at: '2026-11-21T10:00:02.500Z',
  decided: true,
  why: 'specific cause beats generic status',
} as const;

const VERDICT: Verdict = {
  schema: 1,
  source: 'sip',
  id: '9f2c00112233aabb',
  captureId: 2001,
  callId: 'a84b4c76e66710@pbx.example',
  fromTag: '1928301774',
  legs: ['9f2c00112233aabb'],
  joined: null,
  direction: 'outbound',
  peerIn: 'pbx',
  peerOut: 'carrier-a',
  caller: CALLER,
  callee: CALLEE,
  startedAt: '2026-11-21T10:00:00.000Z',
  ringingAt: '2026-11-21T10:00:00.400Z',
  answeredAt: null,
  endedAt: '2026-11-21T10:00:02.500Z',
  outcome: 'unreachable',
  reason: 'no_circuit_available',
  attribution: 'carrier',
  stage: 'ringing',
  endedBy: 'network',
  endedByRole: 'carrier',
  connected: false,
  served: false,
  abnormal: true,
  certainty: 'observed',
  sip: { status: 480, phrase: 'Temporarily Unavailable', farStatus: 503 },
  q850: { cause: 34, location: 'LN', seenIn: 'response' },
  reasonHeaders: ['Q.850;cause=34;location=LN'],
  branches: [{ peer: 'carrier-a', status: 503, cause: 34, decided: true }],
  stages: [
    {
      stage: 'ringing',
      enteredAt: '2026-11-21T10:00:00.400Z',
      leftAt: '2026-11-21T10:00:02.500Z',
    },
  ],
  context: [],
  evidence: [EVIDENCE],
  conflicts: [],
  vocabularies: { 'tencent-ccc': { status: { code: '208', name: 'operatorError' } } },
  timing: { postDialDelay: 0.4, ring: 2.1, talk: null, hold: null, total: 2.5 },
};

interface Captured {
  readonly logger: Logger;
  readonly lines: Record<string, unknown>[];
  readonly texts: string[];
}

/** A real pino that writes into an array. */
function capture(level: LogLevel = 'info'): Captured {
  const texts: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    texts.push(line);
    lines.push(JSON.parse(line));
  };
  return { logger: createLogger({ level, destination: { write } }), lines, texts };
}

/** The verdict as its line holds it. */
function logged(changes: Partial<Verdict>, hashKey: string | null = 'key'): Verdict {
  const { logger, lines } = capture();
  createCallLog(logger, { redactNumbers: true, hashKey }).write({ ...VERDICT, ...changes });
  return lines[0] as unknown as Verdict;
}

describe('the line', () => {
  test('is one line with the whole verdict at top level', () => {
    const { logger, lines, texts } = capture();
    createCallLog(logger, { redactNumbers: false }).write(VERDICT);
    expect(texts).toHaveLength(1);
    expect(texts[0]?.indexOf('\n')).toBe((texts[0]?.length ?? 0) - 1);
    const { level, time, msg, ...verdict } = lines[0] ?? {};
    expect({ level, msg }).toEqual({ level: 'info', msg: 'call ended' });
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(verdict).toEqual(VERDICT);
  });

  test('redacted, differs only where a number stood', () => {
    const { caller, callee, ...rest } = logged({});
    const { caller: _caller, callee: _callee, ...others } = VERDICT;
    expect(caller).toMatch(/^n:[0-9a-f]{8}$/);
    expect(callee).toMatch(/^n:[0-9a-f]{8}$/);
    expect(rest).toMatchObject(others);
  });

  test.each<LogLevel>(['debug', 'info', 'warn', 'error'])('is written at level %s', (level) => {
    const { logger, lines } = capture(level);
    createCallLog(logger, { redactNumbers: true }).write(VERDICT);
    expect(lines).toHaveLength(1);
  });

  test('is not written at level silent, nor after a change to it', () => {
    const { logger, lines } = capture('silent');
    const log = createCallLog(logger, { redactNumbers: true });
    log.write(VERDICT);
    expect(lines).toHaveLength(0);
    logger.level = 'error';
    log.write(VERDICT);
    logger.level = 'silent';
    log.write(VERDICT);
    expect(lines).toHaveLength(1);
  });
});

const redactor = new Redactor('key');
const CALLER_HASH = redactor.hash(CALLER);
const OTHER_HASH = redactor.hash('15557654321');

describe('hashes', () => {
  test.each(['493012345678', '+49 30 1234-5678', '+49 (30) 12345678', '+49.30.12345678'])(
    '%s is the same number',
    (number) => {
      expect(redactor.hash(number)).toBe(CALLER_HASH);
    },
  );

  test('another key gives another hash, no key a random one', () => {
    expect(new Redactor('other').hash(CALLER)).not.toBe(CALLER_HASH);
    expect(new Redactor(null).hash(CALLER)).not.toBe(new Redactor(null).hash(CALLER));
  });

  test('other numbers and names have others', () => {
    const names = [CALLER, CALLEE, '+493012345679', 'alice', 'Alice', '1001'];
    expect(new Set(names.map((name) => redactor.hash(name))).size).toBe(names.length);
  });
});

describe('caller and callee', () => {
  test.each([
    [CALLER, CALLER_HASH],
    [`sip:${CALLER}@pbx.example:5060;transport=ws`, `sip:${CALLER_HASH}@pbx.example:5060`],
    [`"Bob Miller" <sips:${CALLER};ext=1@[2001:db8::1]>`, `sips:${CALLER_HASH}@[2001:db8::1]`],
    ['tel:+49-30-1234-5678;phone-context=+44', `tel:${CALLER_HASH}`],
    ['alice', redactor.hash('alice')],
    ['anonymous', 'anonymous'],
    ['', ''],
    [null, null],
  ])('%j', (caller, expected) => {
    expect(logged({ caller, callee: caller })).toMatchObject({
      caller: expected,
      callee: expected,
    });
  });
});

describe('texts', () => {
  test.each([
    [`SIP;cause=480;text="${CALLER} rejected"`, `SIP;cause=480;text="${CALLER_HASH} rejected"`],
    ['text="no route to 493012345678"', `text="no route to ${CALLER_HASH}"`],
    ['text="sip:+493012345678@10.0.0.1:5060"', `text="sip:${CALLER_HASH}@10.0.0.1:5060"`],
    ['text="tel:+49-30-12345678"', `text="tel:${CALLER_HASH}"`],
    ['to sip:bob@example.com;user=phone', `to sip:${redactor.hash('bob')}@example.com;user=phone`],
    ['+1 212-555-0100 barred', `${redactor.hash('12125550100')} barred`],
    ['to=%2B15557654321&x', `to=%2B${OTHER_HASH}&x`],
    ['tel15557654321 called15557654321x', `tel${OTHER_HASH} called${OTHER_HASH}x`],
    ['Q.850;cause=34;location=LN', 'Q.850;cause=34;location=LN'],
    [
      'X.int;reasoncode=0x00000490;add-info=05CC.0001.0064',
      'X.int;reasoncode=0x00000490;add-info=05CC.0001.0064',
    ],
    [
      'gone at 2026-11-21 after 33 s, 192.168.100.200:5060',
      'gone at 2026-11-21 after 33 s, 192.168.100.200:5060',
    ],
  ])('%s', (text, expected) => {
    const why = { ...EVIDENCE, value: text, why: text };
    const verdict = logged({
      reasonHeaders: [text],
      evidence: [why],
      conflicts: [{ winner: why, loser: why }],
      sip: { ...VERDICT.sip, phrase: text },
    });
    const hidden = { ...EVIDENCE, value: expected, why: expected };
    expect(verdict.reasonHeaders).toEqual([expected]);
    expect(verdict.evidence).toEqual([hidden]);
    expect(verdict.conflicts).toEqual([{ winner: hidden, loser: hidden }]);
    expect(verdict.sip.phrase).toBe(expected);
  });

  test('an extension or a name of the call is found too', () => {
    const { reasonHeaders } = logged({
      caller: '1001',
      callee: 'sip:alice@pbx.example',
      reasonHeaders: ['text="1001 called alice, not malice or 21001"'],
    });
    expect(reasonHeaders).toEqual([
      `text="${redactor.hash('1001')} called ${redactor.hash('alice')}, not malice or 21001"`,
    ]);
  });

  const busy = (name: string) => `${redactor.hash(name)} is busy`;
  test.each([
    ['john', 'john.doe', 'john.doe is busy', busy('john.doe')],
    ['john.doe', 'john', 'john.doe is busy', busy('john.doe')],
    ['1234567-alice', '2001', '1234567-alice is busy', busy('1234567-alice')],
    ['15551234567x200', '2001', '15551234567x200 is busy', busy('15551234567x200')],
    ['1001', 'sip:bob@host', '1001-555-1234 is busy', busy('10015551234')],
  ])('of %s and %s, a longer one is found whole', (caller, callee, phrase, expected) => {
    const { sip } = logged({ caller, callee, sip: { ...VERDICT.sip, phrase } });
    expect(sip.phrase).toBe(expected);
  });

  test('a status, cause or close code stays, even where an extension has its digits', () => {
    const evidence = [
      { ...EVIDENCE, value: '486', why: '486 beats 34' },
      { ...EVIDENCE, value: '1006', why: 'none' },
    ];
    expect(logged({ caller: '486', callee: '1006', evidence }).evidence).toEqual(evidence);
  });
});

describe('Call-ID', () => {
  test.each([
    ['a84b4c76e66710@pbx.example', 'a84b4c76e66710@pbx.example'],
    ['1699999999123-88@10.0.0.1', '1699999999123-88@10.0.0.1'],
    ['493012345678-17@10.0.0.1', `${CALLER_HASH}-17@10.0.0.1`],
    // National form of the callee.
    ['x-01632960123@gw', `x-${redactor.hash('01632960123')}@gw`],
  ])('%s', (callId, expected) => {
    expect(logged({ callId }).callId).toBe(expected);
  });
});

test.each([
  ['15551234567x200', '15551234567x200-1@h', '15551234567x200', '-1@h'],
  ['15551234567x200', '15551234567-1@h', '15551234567', '-1@h'],
  ['5396778*3', '5396778*3@h', '5396778*3', '@h'],
  ['0085923_1', '0085923_1.x@h', '0085923_1', '.x@h'],
  ['1665893#2', '1665893#2@h', '1665893#2', '@h'],
  ['6506649-1', '6506649-1@h', '6506649-1', '@h'],
  ['1234567-alice', '1234567-alice@h', '1234567-alice', '@h'],
  ['1001-2002', '1001-2002@h', '1001-2002', '@h'],
])('of %s in the Call-ID %s no digit is left', (caller, callId, hidden, rest) => {
  const shown = logged({ caller, callee: '1001', callId });
  expect(shown.callId).toBe(`${redactor.hash(hidden)}${rest}`);
});

test('a numbered name is found in a Call-ID whatever its case', () => {
  const { callId } = logged({ caller: 'Room1234', callId: 'x-ROOM1234-1@gw' });
  expect(callId).toBe(`x-${redactor.hash('ROOM1234')}-1@gw`);
});

test('no number of the call survives in any text', () => {
  const number = fc.stringMatching(/^\+?[1-9]\d{6,14}$/);
  const around = fc.stringMatching(/^[ "<>;:=@a-z.]{0,12}$/);
  fc.assert(
    fc.property(number, number, around, around, (caller, callee, before, after) => {
      const text = `${before} ${caller} ${after} sip:${callee}@host ${after}${before}`;
      const evidence = [{ ...EVIDENCE, value: text, why: text }];
      const line = JSON.stringify(
        logged({
          caller,
          callee: `<sip:${callee}@host>`,
          fromTag: 'tag',
          callId: `${caller.replace('+', '')}@host`,
          reasonHeaders: [text],
          evidence,
          sip: { ...VERDICT.sip, phrase: text },
        }),
      );
      for (const digits of [caller.replace('+', ''), callee.replace('+', '')]) {
        expect(line).not.toContain(digits);
      }
    }),
  );
});

test('facts: a number in an id or a name is hashed, a stage of the same name as the callee is not', () => {
  const fact = {
    kind: 'component',
    value: 'error',
    enforcedBy: null,
    subject: null,
    at: VERDICT.startedAt,
    source: 'api',
  } as const;
  const stage = { ...fact, kind: 'stage', value: 'entered', name: 'queue', id: 'e-1' } as const;
  const numbered = { ...fact, name: CALLEE, id: `event-${CALLEE}-1` };
  const { context } = logged({ caller: CALLER, callee: 'queue', context: [stage] });
  expect(context).toEqual([stage]);
  const line = logged({ context: [numbered] });
  expect(line.context).toMatchObject([{ name: expect.stringMatching(/^n:/) }]);
  expect(JSON.stringify(line.context)).not.toContain(CALLEE);
});
