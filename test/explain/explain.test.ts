import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FREESWITCH_CAUSES, Q850_CAUSES } from '../../src/classify/q850.ts';
import { REASONS } from '../../src/classify/reasons.ts';
import { SIP_STATUSES } from '../../src/classify/sip-status.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { Explainer, type Explanation, type Match } from '../../src/explain/explain.ts';
import { explanationText } from '../../src/explain/report.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);
const explainer = new Explainer(VOCABULARIES);

function explain(query: string): Explanation {
  const result = explainer.explain(query);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** Every match as `input: reason`. */
function matches(query: string): string[] {
  return explain(query).matches.map(({ input, reason }) => `${input}: ${reason}`);
}

function first(query: string): Match {
  const [match] = explain(query).matches;
  if (match === undefined) throw new Error('no match');
  return match;
}

function error(query: string): string {
  const result = explainer.explain(query);
  return result.ok ? '' : result.error;
}

describe('what is asked', () => {
  test.each([
    ['486', 'user_busy', 'observed'],
    ['sip:486', 'user_busy', 'observed'],
    ['408', 'request_timeout', 'observed'],
    ['q850:38', 'network_out_of_order', 'observed'],
    ['Q.850:38', 'network_out_of_order', 'observed'],
    ['q850:16', 'normal_clearing_callee', 'observed'],
    ['486 q850:34', 'user_busy', 'observed'],
    ['480 q850:34', 'no_circuit_available', 'observed'],
    ['q850:34 480', 'no_circuit_available', 'observed'],
    ['Q.850;cause=34', 'no_circuit_available', 'observed'],
    ['Reason: Q.850;cause=34;text="x"', 'no_circuit_available', 'observed'],
    ['480 Reason: Q.850;cause=34', 'no_circuit_available', 'observed'],
    ['603 SIP;cause=603;text="v=analytics1;x"', 'call_rejected_by_analytics', 'observed'],
    ['SIP;cause=200;text="Call completed elsewhere"', 'answered_elsewhere', 'observed'],
    ['NORMAL_TEMPORARY_FAILURE', 'temporary_failure', 'observed'],
    ['media_timeout', 'media_timeout', 'observed'],
    ['freeswitch:MEDIA_TIMEOUT', 'media_timeout', 'observed'],
    ['freeswitch:604', 'media_timeout', 'observed'],
    ['AST_CAUSE_USER_BUSY', 'user_busy', 'observed'],
    ['asterisk:user_busy', 'user_busy', 'observed'],
    ['asterisk:17', 'user_busy', 'observed'],
    ['freeswitch:17', 'user_busy', 'observed'],
    ['tencent-ccc:206', 'user_busy', null],
    ['tencent-ccc:status:206', 'user_busy', null],
    ['TENCENT-CCC: Busy', 'user_busy', null],
    ['retell:dial_busy', 'user_busy', null],
    ['itnio-call-center:Callee Busy/Rejected', 'user_busy', null],
    ['Callee Busy/Rejected', 'user_busy', null],
    ['callee_power_off', 'callee_power_off', null],
  ])('%s', (query, reason, certainty) => {
    expect(first(query)).toMatchObject({ reason, certainty });
  });

  test.each<[string, string[]]>([
    [
      '17',
      [
        'Q.850 cause 17, User busy in the final response, before it rang: user_busy',
        'tencent-ccc:status 17 seatGiveUp: agent_no_answer',
      ],
    ],
    [
      'q850:38',
      [
        'Q.850 cause 38, Network out of order in the final response, before it rang: network_out_of_order',
        'Q.850 cause 38, Network out of order in the BYE of an answered call: dropped_network_out_of_order',
      ],
    ],
    [
      'call-status-bye-reason:501',
      [
        'call-status-bye-reason:bye_reason 501 FACILITY_NOT_IMPLEMENTED: not_implemented',
        'call-status-bye-reason:bye_reason 501 FACILITY_REJECTED: facility_rejected',
        'call-status-bye-reason:bye_reason 501 SERVICE_NOT_IMPLEMENTED: not_implemented',
      ],
    ],
    [
      '408',
      [
        'SIP 408 Request Timeout in the final response, before it rang: request_timeout',
        'SIP 408 Request Timeout in the final response, after 30 s of ringing: ring_timeout_platform',
        'call-status-bye-reason:bye_reason 408 NO_USER_RESPONSE: no_user_response',
      ],
    ],
  ])('%s is ambiguous, and every match is told', (query, expected) => {
    expect(matches(query)).toEqual(expected);
  });

  test.each([
    [
      '200',
      'SIP 200 OK ends no call; ask for a status from 300 on, or for the Reason that stood beside it',
    ],
    [
      '180 q850:34',
      'SIP 180 Ringing ends no call; ask for a status from 300 on, or for the Reason that stood beside it',
    ],
    ['USER_BUZY', '"USER_BUZY" is not known; did you mean user_busy?'],
    ['tencent-ccc:busi', '"busi" is no code of tencent-ccc; did you mean tencent-ccc:busy?'],
    ['tencent-ccc:999999', '"999999" is no code of tencent-ccc; docs/vocabularies.md lists them'],
    ['tencent-cc:206', '"tencent-cc:206" is not known; did you mean tencent-ccc:206?'],
    ['486 487', 'two statuses are two calls; ask for one of them'],
    [
      '486 nonsense',
      '"nonsense" is not known; ask for a status, q850:38, a name, or vocabulary:code',
    ],
    ['q850:200', '"q850:200" is not known; ask for a status, q850:38, a name, or vocabulary:code'],
    [';;', '";;" is no Reason header; write "Reason: Q.850;cause=34"'],
    [
      'foo;cause=1',
      'Reason: foo;cause=1 says nothing of an ending; add the status that stood beside it: 486 q850:0',
    ],
    [
      '0',
      'Q.850 cause 0, No cause received yet says nothing of an ending; add the status that stood beside it: 486 q850:0',
    ],
    [
      'q850:34 q850:38',
      'a message says one Q.850 cause (RFC 3326 section 2); ask for one of them, or for the Reason as it came',
    ],
    ['a\nb\u001b[31m', '"a" is not known; ask for a status, q850:38, a name, or vocabulary:code'],
    ['  ', 'nothing to explain; ask for 486, q850:38 or retell:dial_busy'],
    ['x'.repeat(513), '513 characters are too many; ask with at most 512'],
  ])('%j is one clear line', (query, line) => {
    expect(error(query)).toBe(line);
  });
});

describe('everything that has a name can be asked', () => {
  test('every final status, alone and with its prefix', () => {
    for (const { status } of SIP_STATUSES.filter((row) => row.status >= 300)) {
      expect(matches(`sip:${status}`)[0]).toContain(`SIP ${status}`);
      expect(matches(String(status))[0]).toContain(`SIP ${status}`);
    }
  });

  test('every cause by number and names', () => {
    // Cause 0 says that there was none.
    for (const { cause, freeswitch, asterisk } of Q850_CAUSES.filter((row) => row.cause > 0)) {
      for (const query of [`q850:${cause}`, freeswitch, asterisk].filter((one) => one !== null)) {
        expect(matches(query).length, query).toBeGreaterThan(0);
      }
    }
    for (const { name } of FREESWITCH_CAUSES) expect(first(name).input).toContain(name);
  });

  test('every reason', () => {
    for (const { id } of REASONS) {
      expect(explain(id).matches.some(({ input, reason }) => input === id && reason === id)).toBe(
        true,
      );
    }
  });

  test('every code of every vocabulary, and it finds its way back to itself', () => {
    for (const { id, codes } of VOCABULARIES) {
      for (const { field, code, name, reason } of codes) {
        const match = explain(`${id}:${field}:${name}`).matches.find(
          (one) => one.reason === reason,
        );
        expect(match?.vocabularies[id]?.[field], name).toEqual({ code, name });
      }
    }
  });
});

test('never throws, whatever is asked', () => {
  const word = fc.constantFrom(
    '486',
    'q850:',
    'Reason:',
    ';',
    'cause=',
    'tencent-ccc:',
    '"',
    '__proto__',
    'SIP',
  );
  const query = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word).map((list) => list.join(' ')),
  );
  fc.assert(
    fc.property(query, (text) => {
      const result = explainer.explain(text);
      if (result.ok) expect(result.value.matches.length).toBeGreaterThan(0);
      else expect(result.error).toMatch(/^[^\n]+; [^\n]+$/);
    }),
    { numRuns: 500 },
  );
});

test('what is asked cannot drive the terminal', () => {
  const text = explanationText(explain('Q.850;cause=17;text="\u001b[31m\r\nx"'));
  expect(text).toContain('Reason: Q.850;cause=17;text="?[31m??x"');
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
});

test('the text for a terminal', () => {
  expect(explanationText(explain('tencent-ccc:204'))).toBe(`tencent-ccc:status 204 powerOff

  reason       callee_power_off (unreachable)
  whose fault  callee
  what to do   No action: the network says the phone is switched off.
  how sure     Tencent Cloud Contact Center, status codes of a call; proven by context
  abnormal     no
  stands for   announcement heard, platform context
  vendor says  Power off; Callee reason; not connected; outbound calls
  note         Q.850 cause 20 means switched off or out of coverage and says not which: it is counted as 210

  in every vocabulary
    tencent-ccc:status 204 powerOff
    call-status-bye-reason:call_status Unreachable
    call-status-bye-reason:bye_reason 480 SUBSCRIBER_ABSENT
    itnio-call-center:status Out of Service
    retell:disconnection_reason dial_no_answer
    voice-campaign:status ERROR/OTHER
`);
});
