import { describe, expect, test } from 'vitest';
import { DIRECTIONS, STAGES, type Verdict } from '../../src/classify/outcome.ts';
import { RATIO_SETS, RATIOS, ratioSetsOf } from '../../src/classify/ratios.ts';
import { REASONS } from '../../src/classify/reasons.ts';
import { verdict } from '../outputs/fixtures.ts';
import { ANSWERED, CALLER_BYE, CANCELLED } from '../support/calls.ts';
import { throughEngine } from '../support/engine.ts';

/** For each ratio two digits: whether it counts the call, and whether it is of it; `--`: neither. */
function digits(v: Verdict, byeAnswered: boolean): string {
  const sets = new Set<string | undefined>(
    ratioSetsOf(v, byeAnswered).map((row) => RATIO_SETS[row]?.id),
  );
  const pairs = RATIOS.map(({ counts, of }) => {
    const [counted, member] = [sets.has(counts), sets.has(of)];
    return counted || member ? `${Number(counted)}${Number(member)}` : '--';
  });
  return pairs.join(' ');
}

describe('ratios', () => {
  const answered = verdict({
    connected: true,
    outcome: 'completed',
    stage: 'talking',
    ringingAt: null,
    sip: { status: 200, phrase: null, farStatus: 200 },
  });
  const refused = (more: Partial<Verdict>, status: number | null) =>
    verdict({
      connected: false,
      stage: 'dialing',
      ringingAt: null,
      reason: 'x',
      attribution: 'callee',
      sip: { status, phrase: null, farStatus: status },
      ...more,
    });
  test.each([
    // name, verdict, [counts, of] of ASR, ABR, NER, SER, SEER, ISA, SCR; the BYE of none was answered
    ['answered', answered, '11 11 11 11 11 01 01'],
    ['busy', refused({ outcome: 'busy' }, 486), '01 01 11 01 11 01 01'],
    ['declined with 603', refused({ outcome: 'declined' }, 603), '01 01 11 01 11 01 01'],
    ['declined with 403', refused({ outcome: 'declined' }, 403), '01 01 11 01 01 01 01'],
    ['not found', refused({ outcome: 'invalid_number' }, 404), '01 01 01 01 01 01 01'],
    [
      'carrier failed',
      refused({ outcome: 'failed', attribution: 'carrier' }, 503),
      '01 01 01 01 01 11 01',
    ],
    [
      'refused by policy',
      refused({ outcome: 'blocked', attribution: 'policy' }, 403),
      '-- 01 -- 01 01 01 01',
    ],
    [
      'refused by the platform while it rang',
      refused({ outcome: 'failed', attribution: 'platform', stage: 'ringing' }, 500),
      '01 01 01 01 01 11 01',
    ],
    [
      'no response at all',
      refused({ outcome: 'failed', reason: 'no_response' }, null),
      '-- 01 -- 01 01 11 01',
    ],
    [
      'cancelled while it rang',
      refused(
        { outcome: 'cancelled', stage: 'ringing', ringingAt: '2026-11-21T10:00:00.000Z' },
        487,
      ),
      '01 01 11 01 01 01 01',
    ],
    ['redirected', refused({ outcome: 'redirected' }, 302), '01 01 01 -- -- 01 01'],
    [
      'unreachable, switched off',
      refused({ outcome: 'unreachable', attribution: 'device' }, 480),
      '01 01 11 01 11 01 01',
    ],
    [
      'unreachable, carrier',
      refused({ outcome: 'unreachable', attribution: 'carrier' }, 480),
      '01 01 01 01 11 01 01',
    ],
    ['lost before an answer', refused({ outcome: 'lost' }, null), '-- -- -- -- -- -- --'],
    ['lost after it', { ...answered, outcome: 'lost' as const }, '11 11 11 11 11 01 01'],
  ])('%s', (_, v, expected) => {
    expect(digits(v, false)).toBe(expected);
  });

  test('a BYE that was answered completes the session, of an answered call alone', () => {
    expect(digits(answered, true)).toBe('11 11 11 11 11 01 11');
    expect(digits(refused({ outcome: 'busy' }, 486), true)).toBe('01 01 11 01 11 01 01');
  });

  test('no ratio counts a call that it is not of', () => {
    const statuses = [null, 200, 302, 408, 480, 486, 500, 603];
    const verdicts = REASONS.flatMap(({ id, outcome, attribution }) =>
      statuses.flatMap((status) =>
        STAGES.flatMap((stage) =>
          [true, false].map((connected) =>
            verdict({
              ...{ reason: id, outcome, attribution, stage, connected },
              sip: { status, phrase: null, farStatus: status },
            }),
          ),
        ),
      ),
    );
    const wrong = verdicts.filter((v) => / 10|^10/.test(digits(v, true)));
    expect(verdicts.length).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
  });

  test('a call answered elsewhere, and one that nobody asked for, are in none', () => {
    expect(ratioSetsOf(verdict({ outcome: 'answered_elsewhere', connected: true }), true)).toEqual(
      [],
    );
    expect(ratioSetsOf(verdict({ outcome: 'blocked', reason: 'unsolicited' }), false)).toEqual([]);
  });
});

describe('the sets of a call that is played', () => {
  test.each([
    [
      'a BYE and its 200',
      CALLER_BYE,
      [
        'decided',
        'reached',
        'not_redirected',
        'answered',
        'effective',
        'seer_effective',
        'completed',
      ],
    ],
    [
      'a BYE that nobody answers',
      `${ANSWERED}\n  9000 > BYE\n`,
      ['decided', 'reached', 'not_redirected', 'answered', 'effective', 'seer_effective'],
    ],
    ['a CANCEL while it rings', CANCELLED, ['decided', 'reached', 'not_redirected', 'effective']],
    ['a 302', '\n  0 > INVITE\n  50 < 302\n  60 > ACK fail\n', ['decided', 'reached']],
    [
      'a 503',
      '\n  0 > INVITE\n  50 < 503\n  60 > ACK fail\n',
      ['decided', 'reached', 'not_redirected', 'ineffective', 'failed'],
    ],
  ])('%s', (_, script, expected) => {
    const { value } = throughEngine(script);
    const sets = RATIO_SETS.map(({ id }) => id);
    const held = sets.filter((id) => {
      const counts = DIRECTIONS.map((direction) =>
        value('callfate_ratio_attempts_total', 'other', direction, id),
      );
      return counts.some((count) => count === 1);
    });
    expect(held).toEqual(expected);
  });
});
