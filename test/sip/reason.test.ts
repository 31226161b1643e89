import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  parseReasons,
  REASON_PARAMS_MAX,
  REASON_VALUES_MAX,
  type ReasonValue,
} from '../../src/sip/reason.ts';
import { scanQ850 } from '../../src/sip/reason-scan.ts';

type Short = [protocol: string, cause: number | null, text: string | null];

function shorten({ protocol, cause, text }: ReasonValue): Short {
  return [protocol, cause, text];
}

function scan(value: string): number {
  return scanQ850(Buffer.from(value, 'latin1'), 0, value.length);
}

/** What `scanQ850` must answer, by way of the full grammar. */
function causeOf(value: string): number {
  const found = parseReasons(value).find(
    ({ key, cause }) => key === 'q.850' && cause !== null && cause <= 127,
  );
  return found?.cause ?? -1;
}

/** Lines met on real networks, in program sources and in the RFCs. */
const WILD: readonly [value: string, ...expected: Short[]][] = [
  ['Q.850 ;cause=16 ;text="local"', ['Q.850', 16, 'local']],
  ['SIP;description="User Hung Up."', ['SIP', null, 'User Hung Up.']],
  ['Q.850 ;cause=16 ;text="3"', ['Q.850', 16, '3']],
  ['Q.850; cause=16', ['Q.850', 16, null]],
  ['Q.850;cause=16;text="NORMAL_CLEARING"', ['Q.850', 16, 'NORMAL_CLEARING']],
  ['Q.850;cause=16;text="Terminated"', ['Q.850', 16, 'Terminated']],
  ['SIP ;cause=200 ;text="Call completed elsewhere"', ['SIP', 200, 'Call completed elsewhere']],
  ['SIP ;cause=200 ;text="Call completed by 777"', ['SIP', 200, 'Call completed by 777']],
  ['SIP ;cause=200 ;text="Session timer expired"', ['SIP', 200, 'Session timer expired']],
  ['SIP ;cause=200 ;text="ACK timeout"', ['SIP', 200, 'ACK timeout']],
  [
    'SIP ;cause=200 ;text="ACK-BYE due to cancel race condition"',
    ['SIP', 200, 'ACK-BYE due to cancel race condition'],
  ],
  ['USER;text="User Triggered"', ['USER', null, 'User Triggered']],
  ['RELEASE_CAUSE ;cause=1 ;text="User ends call"', ['RELEASE_CAUSE', 1, 'User ends call']],
  ['SIP;cause=487;text="ORIGINATOR_CANCEL"', ['SIP', 487, 'ORIGINATOR_CANCEL']],
  ['SIP;cause=480;text="NO_ANSWER"', ['SIP', 480, 'NO_ANSWER']],
  ['Q.850;cause=19;text="NO_ANSWER"', ['Q.850', 19, 'NO_ANSWER']],
  ['Q.850 ;cause=18', ['Q.850', 18, null]],
  ['SIP;cause=480;text="CC_NOT_REACHABLE"', ['SIP', 480, 'CC_NOT_REACHABLE']],
  ['SIP;cause=480;text="ICE failed"', ['SIP', 480, 'ICE failed']],
  [
    'SIP;cause=503;text="PT: AAA: result_code=0 exp_result_code=5065"',
    ['SIP', 503, 'PT: AAA: result_code=0 exp_result_code=5065'],
  ],
  [
    'Q.850 ;cause=63 ;text="9810e5a9-667c-4513-8d3a-5d83503e1c71;Current call site state prevents fork to this entity."',
    [
      'Q.850',
      63,
      '9810e5a9-667c-4513-8d3a-5d83503e1c71;Current call site state prevents fork to this entity.',
    ],
  ],
  ['Q.850;cause=34', ['Q.850', 34, null]],
  ['Q.850;cause=1;text="UNALLOCATED_NUMBER"', ['Q.850', 1, 'UNALLOCATED_NUMBER']],
  [
    'Q.850;cause=1;text="Unallocated (unassigned) number";location=LN',
    ['Q.850', 1, 'Unallocated (unassigned) number'],
  ],
  ['Q.850;cause=102', ['Q.850', 102, null]],
  ['Q.850;cause=102;text="No ACK received"', ['Q.850', 102, 'No ACK received']],
  [
    'Q.850 ;cause=31 ;text="local, RTP Broken Connection"',
    ['Q.850', 31, 'local, RTP Broken Connection'],
  ],
  ['Q.850 ;cause=31 ;text="RTC Timeout"', ['Q.850', 31, 'RTC Timeout']],
  ['SIP;cause=604;text="MEDIA_TIMEOUT"', ['SIP', 604, 'MEDIA_TIMEOUT']],
  ['SIP;cause=806;text="USER_NOT_REGISTERED"', ['SIP', 806, 'USER_NOT_REGISTERED']],
  ['SIP;cause=408;text="ACK Timeout"', ['SIP', 408, 'ACK Timeout']],
  ['SIP;cause=488;text="Incomplete offer/answer"', ['SIP', 488, 'Incomplete offer/answer']],
  ['SIP;cause=500;text="Internal media error"', ['SIP', 500, 'Internal media error']],
  ['SIP ;cause=408 ;text="Session Timer Expired"', ['SIP', 408, 'Session Timer Expired']],
  ['SIP ;cause=500 ;text="Connection Error"', ['SIP', 500, 'Connection Error']],
  ['SIP ;cause=580 ;text="Precondition Failure"', ['SIP', 580, 'Precondition Failure']],
  [
    'SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26',
    ['SIP', 200, 'Call completed elsewhere'],
    ['Q.850', 26, null],
  ],
  ['SIP;cause=200;text="Call Rejected By User"', ['SIP', 200, 'Call Rejected By User']],
  ['X.int ;reasoncode=0x00000015;add-info=0135.0018.0000', ['X.int', null, null]],
  ['X.int;text="0x00000000";add-info=05CC.0001.0001', ['X.int', null, '0x00000000']],
  [
    'SIP;cause=603;text="v=analytics1;url=https://example.com";location=RLN',
    ['SIP', 603, 'v=analytics1;url=https://example.com'],
  ],
  [
    'Q.850;cause=21;text="v=analytics1;url=https://example.com/redress";location=LN',
    ['Q.850', 21, 'v=analytics1;url=https://example.com/redress'],
  ],
  ['SIP;cause=600;text="Busy Everywhere"', ['SIP', 600, 'Busy Everywhere']],
  ['Q.850;cause=127;eri-location=14', ['Q.850', 127, null]],
  ['outofcredit', ['outofcredit', null, null]],
  ['mi_terminated', ['mi_terminated', null, null]],
  ['STIR; cause=433; text="Anonymity Disallowed"', ['STIR', 433, 'Anonymity Disallowed']],
  ['SIP;cause=400;text="Bad Message"', ['SIP', 400, 'Bad Message']],
  ['SIP ;cause=99999', ['SIP', 99999, null]],
  // RFC 3326 section 2, RFC 9366 section 4.
  [
    'SIP ;cause=600 ;text="Busy Everywhere", Q.850 ;cause=16 ;text="Terminated"',
    ['SIP', 600, 'Busy Everywhere'],
    ['Q.850', 16, 'Terminated'],
  ],
  [
    'STIR ;cause=436 ;text="Bad Identity Info", STIR;cause=437;text="Unsupported Credential"',
    ['STIR', 436, 'Bad Identity Info'],
    ['STIR', 437, 'Unsupported Credential'],
  ],
];

/** Grammar that is bent or broken, and what is still to be had from it. */
const BENT: readonly [what: string, value: string, ...expected: Short[]][] = [
  ['nothing', ''],
  ['only delimiters', ' ;, ;;, '],
  ['cause 0', 'Q.850;cause=0', ['Q.850', 0, null]],
  ['lower case', 'q.850;CAUSE=16;TEXT="x"', ['q.850', 16, 'x']],
  ['no dot', 'Q850;cause=16', ['Q850', 16, null]],
  ['spaces everywhere', ' Q.850 ; cause = 16 ; text = "x" ', ['Q.850', 16, 'x']],
  ['tabs', 'Q.850\t;\tcause\t=\t16', ['Q.850', 16, null]],
  ['folded', 'Q.850\r\n ;cause=16\r\n\t;text="two\r\n  lines"', ['Q.850', 16, 'two lines']],
  ['folded by LF', 'Q.850;\n cause=16;text="two\n lines"', ['Q.850', 16, 'two lines']],
  ['escaped quotes', 'SIP;cause=200;text="a \\"b\\", c;\\\\"', ['SIP', 200, 'a "b", c;\\']],
  ['empty text', 'SIP;cause=200;text=""', ['SIP', 200, '']],
  ['quoted cause', 'Q.850;cause="17"', ['Q.850', 17, null]],
  [
    'unquoted text',
    'Q.850;cause=16;text=Normal call clearing',
    ['Q.850', 16, 'Normal call clearing'],
  ],
  [
    'unquoted text with delimiters',
    'Q.850;text=local, RTP Broken; sorry;cause=31',
    ['Q.850', 31, 'local, RTP Broken; sorry'],
  ],
  [
    'unquoted text before another value',
    'SIP;text=Call done, Q.850 ;cause=26',
    ['SIP', null, 'Call done'],
    ['Q.850', 26, null],
  ],
  ['unterminated quote', 'Q.850;cause=16;text="cut off, he', ['Q.850', 16, 'cut off, he']],
  ['unterminated quote before cause', 'Q.850;text="cut off;cause=16', ['Q.850', 16, 'cut off']],
  ['lone quote', 'SIP;text="', ['SIP', null, '']],
  ['escape at the end', 'SIP;text="a\\', ['SIP', null, 'a\\']],
  ['missing semicolon', 'Q.850 cause=16 text="a;b, c"', ['Q.850', 16, 'a;b, c']],
  ['missing semicolon after a quote', 'SIP;text="a"cause=486', ['SIP', 486, 'a']],
  ['text before cause', 'Q.850;text="x";cause=3', ['Q.850', 3, 'x']],
  ['no protocol', ';cause=16', ['', 16, null]],
  ['no protocol and no semicolon', 'cause=16;text="x"', ['', 16, 'x']],
  ['empty cause', 'Q.850;cause=;text="x"', ['Q.850', null, 'x']],
  ['cause without equals', 'Q.850;cause', ['Q.850', null, null]],
  ['hexadecimal cause', 'Q.850;cause=0x10', ['Q.850', null, null]],
  ['negative cause', 'Q.850;cause=-1', ['Q.850', null, null]],
  ['fractional cause', 'Q.850;cause=16.5', ['Q.850', null, null]],
  ['cause of many digits', `Q.850;cause=${'9'.repeat(400)}`, ['Q.850', null, null]],
  ['repeated cause', 'Q.850;cause=17;cause=16', ['Q.850', 17, null]],
  ['repeated cause, the first no number', 'Q.850;cause=x;cause=16', ['Q.850', 16, null]],
  ['empty elements', ',, SIP;;cause=200;,, ;', ['SIP', 200, null]],
  ['text beats description', 'SIP;description="a";text="b"', ['SIP', null, 'b']],
  ['bare quoted string', 'SIP;"gone"', ['SIP', null, 'gone']],
  [
    'bare tokens in a list',
    'outofcredit, dialog_timeout',
    ['outofcredit', null, null],
    ['dialog_timeout', null, null],
  ],
];

describe('parseReasons', () => {
  test.each(WILD)('reads %s', (value, ...expected) => {
    expect(parseReasons(value).map(shorten)).toEqual(expected);
    expect(scan(value)).toBe(causeOf(value));
  });

  test.each(BENT)('survives: %s', (_what, value, ...expected) => {
    expect(parseReasons(value).map(shorten)).toEqual(expected);
    expect(scan(value)).toBe(causeOf(value));
  });

  test('folds the key and keeps the protocol as sent', () => {
    const keys = (value: string) => parseReasons(value).map(({ protocol, key }) => [protocol, key]);
    expect(keys('Q.850, q850, Sip, FreeSWITCH, X.int')).toEqual([
      ['Q.850', 'q.850'],
      ['q850', 'q.850'],
      ['Sip', 'sip'],
      ['FreeSWITCH', 'freeswitch'],
      ['X.int', 'x.int'],
    ]);
  });

  test('reads the RFC 8606 location in upper case, quoted or not, whatever the protocol', () => {
    const locations = (value: string) => parseReasons(value).map(({ location }) => location);
    expect(locations('Q.850;cause=21;location=rln, SIP;location="LN", Q.850;cause=1')).toEqual([
      'RLN',
      'LN',
      null,
    ]);
  });

  test('keeps every other parameter in order', () => {
    const [value] = parseReasons(
      'X.int ;reasoncode=0x15;add-info="a\\"b";flag;eri-location=14;cause=0x15;ppi=https://e.com/a=b',
    );
    expect(value?.params).toEqual([
      { name: 'reasoncode', value: '0x15' },
      { name: 'add-info', value: 'a"b' },
      { name: 'flag', value: '' },
      { name: 'eri-location', value: '14' },
      { name: 'cause', value: '0x15' },
      { name: 'ppi', value: 'https://e.com/a=b' },
    ]);
  });

  test('is bounded', () => {
    expect(parseReasons('SIP;cause=200,'.repeat(999))).toHaveLength(REASON_VALUES_MAX);
    const [value] = parseReasons(`SIP${';a=b'.repeat(999)};cause=200`);
    expect(value?.params).toHaveLength(REASON_PARAMS_MAX);
    expect(value?.cause).toBe(200);
  });
});

describe('scanQ850', () => {
  test.each([
    ['Q.850;cause=16', 16],
    ['Q.850;cause=0', 0],
    ['Q.850;cause=127', 127],
    ['Q.850;cause=128', -1],
    ['Q.850;cause=128, Q.850;cause=34', 34],
    ['Q.850;cause=016', 16],
    ['SIP;cause=200', -1],
    ['SIP;cause=200;text="Q.850;cause=16"', -1],
    ['SIP;cause=200;text="a, \\"Q.850;cause=16", q.850 ; cause = 26 ', 26],
    ['Q.850', -1],
    ['Q.850=x;cause=16', -1],
    ['XQ.850;cause=16', -1],
    ['SIP;Q.850;cause=16', -1],
    ['', -1],
  ])('%s gives %i', (value, cause) => {
    expect(scan(value)).toBe(cause);
  });

  test('reads nothing outside its range', () => {
    const bytes = Buffer.from('Q.850;cause=34Q.850;cause=1234');
    expect(scanQ850(bytes, 0, 13)).toBe(3);
    expect(scanQ850(bytes, 14, 28)).toBe(12);
    expect(scanQ850(bytes, 14, 26)).toBe(-1);
    expect(scanQ850(bytes.subarray(14), 0, 13)).toBe(1);
    expect(scanQ850(bytes, 5, 5)).toBe(-1);
  });
});

describe('properties', () => {
  /** Pieces that make syntax likely, so that both readers leave the beaten track together. */
  const pieces = fc.constantFrom(
    ...[
      'Q.850',
      'q850',
      'SIP',
      'cause',
      'text',
      'description',
      'location',
      '=',
      '=',
      ';',
      ';',
      ',',
    ],
    ...[
      '"',
      '\\',
      '\\"',
      ' ',
      '\t',
      '\r\n ',
      '16',
      '34',
      '0',
      '200',
      '999',
      'x',
      '0x1',
      '\u00e9',
      '\0',
    ],
    ...[
      'Q.850;cause=',
      ';text="',
      '", ',
      'cause=17',
      'SIP;cause=200;text="a, b;c"',
      ' , Q.850 ;cause=31',
    ],
  );
  const nearly = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
  const anything = fc.oneof(
    { arbitrary: nearly, weight: 4 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 200 }), weight: 1 },
  );

  test('parseReasons never throws and keeps its bounds', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const reasons = parseReasons(value);
        expect(reasons.length).toBeLessThanOrEqual(REASON_VALUES_MAX);
        for (const { params, cause, key } of reasons) {
          expect(params.length).toBeLessThanOrEqual(REASON_PARAMS_MAX);
          expect(cause === null || (Number.isSafeInteger(cause) && cause >= 0)).toBe(true);
          expect(key).toBe(key.toLowerCase());
        }
      }),
    );
  });

  test('scanQ850 finds what parseReasons finds', () => {
    fc.assert(
      fc.property(nearly, (value) => {
        expect(scan(value)).toBe(causeOf(value));
      }),
      { numRuns: 5000 },
    );
  });

  test('what is written by the grammar is read back', () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.!%*_+`'~-]{0,12}$/);
    const text = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });
    const written = fc.record({
      protocol: token,
      cause: fc.option(fc.nat(999_999_999)),
      text: fc.option(text),
    });
    fc.assert(
      fc.property(
        fc.array(written, { maxLength: REASON_VALUES_MAX }),
        fc.constantFrom('', ' ', '\r\n '),
        (values, lws) => {
          const line = values
            .map((value) => {
              const cause =
                value.cause === null ? '' : `${lws};${lws}cause${lws}=${lws}${value.cause}`;
              const quoted = value.text?.replace(/["\\]/g, '\\$&');
              return `${value.protocol}${cause}${quoted === undefined ? '' : `${lws};text="${quoted}"`}`;
            })
            .join(`${lws},${lws}`);
          expect(parseReasons(line).map(shorten)).toEqual(
            values.map((value) => [value.protocol, value.cause, value.text]),
          );
          expect(scan(line)).toBe(causeOf(line));
        },
      ),
    );
  });

  /** The work is counted in characters read, so a quadratic reader fails however fast the machine is. */
  test('work is linear in the length of hostile input', () => {
    const units = ['";a="\\', ';a=b;\\"', '\\"', '=', ',', ';', 'text=a;', 'text=a,b', ' ', '"'];
    const reads = vi.spyOn(String.prototype, 'charCodeAt');
    try {
      for (const unit of units) {
        for (const head of ['', '"', 'SIP;text=', 'SIP;text="', 'Q.850;']) {
          const value = head + unit.repeat(2100 / unit.length);
          reads.mockClear();
          parseReasons(value);
          expect(reads.mock.calls.length, `${head}…${unit}`).toBeLessThan(10 * value.length);
        }
      }
    } finally {
      reads.mockRestore();
    }
  });
});
